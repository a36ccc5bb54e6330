/** What is longer is not searched: each step parses once more, and calls of operators wait meanwhile. */
const mostSearched = 65_536;

/**
 * Where a text stops being JSON, counted from 0, or `undefined` if it only lacks its end, or is too long.
 *
 * V8 tells it, but not of a character that it does not expect anywhere, such as the first one of an unquoted text: of that it quotes the surroundings, which may
 * be personal.
 *
 * @param error what `JSON.parse` has thrown
 */
export function placeOfMistake(text: string, error: unknown): number | undefined {
  if (!(error instanceof SyntaxError)) return undefined;
  const [, told] = /at position (\d+)/.exec(error.message) ?? [];
  if (told !== undefined) return Number(told);
  if (!isUnexpected(error) || text.length > mostSearched) return undefined;
  // A part that ends before the mistake only lacks its end.
  let before = 0;
  let behind = text.length;
  while (behind - before > 1) {
    const middle = Math.floor((before + behind) / 2);
    if (hasUnexpected(text.slice(0, middle))) behind = middle;
    else before = middle;
  }
  return before;
}

function hasUnexpected(text: string): boolean {
  try {
    JSON.parse(text);
    return false;
  } catch (error) {
    return isUnexpected(error);
  }
}

const isUnexpected = (error: unknown): boolean =>
  error instanceof SyntaxError && error.message.startsWith('Unexpected token');
