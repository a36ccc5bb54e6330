import { distance } from 'fastest-levenshtein';

/**
 * The name that was most likely meant, or nothing. `synonyms` lead from other words to names: "ramall" is near "ramal", which is "extension".
 */
export function nearest(
  written: string,
  names: readonly string[],
  synonyms: Readonly<Record<string, string>> = {},
): string | undefined {
  const candidates = [
    ...names.map((name) => ({ spelling: name, name })),
    ...Object.entries(synonyms)
      .filter(([, name]) => names.includes(name))
      .map(([spelling, name]) => ({ spelling, name })),
  ].map(({ spelling, name }) => ({
    name,
    spelling,
    steps: distance(written.toLowerCase(), spelling.toLowerCase()),
  }));
  const [best] = candidates.toSorted((left, right) => left.steps - right.steps);
  return best && best.steps <= Math.max(1, Math.floor(best.spelling.length / 3))
    ? best.name
    : undefined;
}

/** `; did you mean "x"?`, or the list of what there is. */
export function suggestion(
  written: string,
  names: readonly string[],
  synonyms?: Readonly<Record<string, string>>,
): string {
  const near = nearest(written, names, synonyms);
  if (near !== undefined) return `; did you mean "${near}"?`;
  return names.length === 0 ? '' : `; there is ${names.join(', ')}`;
}
