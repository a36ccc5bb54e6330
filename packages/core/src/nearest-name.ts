import { distance } from 'fastest-levenshtein';

interface NearestOptions {
  /** Other words and the names they stand for: "ramall" is near "ramal", which stands for "extension". */
  readonly synonyms?: Readonly<Record<string, string>>;
  /** How many wrong letters are forgiven in a short name; in a longer name, a third of them. With two, any two letters would be near to the filter `at`. */
  readonly forgiven?: number;
}

/** The name that was most likely meant; `undefined` if no name is near enough. */
export function nearestName(
  written: string,
  names: readonly string[],
  { synonyms = {}, forgiven = 1 }: NearestOptions = {},
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
  return best && best.steps <= Math.max(forgiven, Math.floor(best.spelling.length / 3))
    ? best.name
    : undefined;
}

/** `; did you mean "x"?`, or the list of all names if none is near. */
export function suggestion(
  written: string,
  names: readonly string[],
  synonyms: Readonly<Record<string, string>> = {},
): string {
  const near = nearestName(written, names, { synonyms });
  if (near !== undefined) return `; did you mean "${near}"?`;
  return names.length === 0 ? '' : `; known: ${names.join(', ')}`;
}
