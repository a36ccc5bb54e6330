import { readReplyText, type ReadSettings } from '@finaz-telephony/core/host';

/** A scalar value of a reply, with the path that reads it. */
export interface Leaf {
  /** Names on the path, the outermost first. */
  readonly names: readonly string[];
  /** Path from the root: `.data.id`, `["número"]`, `.rows[0].id`. */
  readonly path: string;
  readonly value: string | number | boolean | null;
}

export interface ReadSample {
  /** Absent for JSON. */
  readonly read: ReadSettings | undefined;
  readonly value: unknown;
}

/** Detects how a kept reply has to be read. */
export function readSample(body: string): ReadSample {
  const forms: readonly (ReadSettings | undefined)[] = [
    undefined,
    ...(/^\s*</.test(body) ? [{ as: 'xml' } as const] : []),
    ...delimitedForm(body),
    ...pairsForm(body),
  ];
  for (const read of forms) {
    const value = readReplyText(body, read);
    if (typeof value === 'object' && value !== null) return { read, value };
  }
  return { read: { as: 'text' }, value: body.trim() };
}

/** At least two lines, each with at least as many cells as the first. */
function delimitedForm(body: string): readonly ReadSettings[] {
  const lines = body.split(/\r?\n/).filter((line) => line !== '');
  return [';', '\t', '|', ','].flatMap((delimiter): readonly ReadSettings[] => {
    const cells = lines.slice(0, 20).map((line) => line.split(delimiter).length);
    const [first = 1] = cells;
    return first > 2 && cells.length > 1 && cells.every((count) => count >= first)
      ? [
          {
            as: 'delimited',
            delimiter: delimiter === '\t' ? '\\t' : delimiter,
            quote: '"',
            header: true,
          },
        ]
      : [];
  });
}

function pairsForm(body: string): readonly ReadSettings[] {
  const lines = body.split(/\r?\n/).filter((line) => line.trim() !== '');
  for (const separator of ['=>', '=', ':']) {
    // A single line such as `ERROR: no such agent` is a sentence, not a pair.
    const fewest = separator === ':' ? 2 : 1;
    if (
      lines.length >= fewest &&
      lines.every((line) => new RegExp(`^\\s*[\\w. -]{1,40}${separator}`).test(line))
    )
      return [{ as: 'pairs', separator }];
  }
  return [];
}

/** The scalar values of a reply. Of each list, only the first item is looked at. */
export function leavesOf(
  value: unknown,
  names: readonly string[] = [],
  path = '',
  depth = 0,
): readonly Leaf[] {
  if (depth > 6) return [];
  if (Array.isArray(value))
    return value.length === 0 ? [] : leavesOf(value[0], names, `${path}[0]`, depth + 1);
  if (typeof value === 'object' && value !== null) {
    return Object.entries(value).flatMap(([name, item]: [string, unknown]) =>
      leavesOf(item, [...names, name], path + member(name), depth + 1),
    );
  }
  if (
    value === null ||
    typeof value === 'string' ||
    typeof value === 'number' ||
    typeof value === 'boolean'
  )
    return [{ names, path, value }];
  return [];
}

const member = (name: string): string =>
  /^[A-Za-z_][\w-]*$/.test(name) ? `.${name}` : `[${JSON.stringify(name)}]`;

/** The longest list of objects in a reply, with the expression that reads it. */
export function longestList(
  value: unknown,
  path = 'reply',
  depth = 0,
): { readonly path: string; readonly rows: readonly unknown[] } | undefined {
  if (depth > 6 || typeof value !== 'object' || value === null) return undefined;
  if (Array.isArray(value)) {
    const isRows =
      value.length > 0 && value.every((item) => typeof item === 'object' && item !== null);
    return isRows ? { path, rows: value } : undefined;
  }
  return Object.entries(value)
    .flatMap(
      ([name, item]: [string, unknown]) => longestList(item, path + member(name), depth + 1) ?? [],
    )
    .toSorted((left, right) => right.rows.length - left.rows.length)[0];
}
