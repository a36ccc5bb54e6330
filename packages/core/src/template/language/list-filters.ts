import { TelephonyError } from '../../errors/telephony-error.ts';
import { parseInstant } from './parse-date.ts';
import type { Filter } from './filters.ts';
import { joinedText } from './made-text.ts';
import { isAbsent, isEmpty, ownOf, textOf } from './value.ts';

const listOf = (value: unknown): readonly unknown[] =>
  Array.isArray(value) ? value : isEmpty(value) ? [] : [value];

const pairsOf = (value: unknown): readonly [string, unknown][] =>
  typeof value === 'object' && value !== null ? Object.entries(value) : [];

/** The members of all parts in one object. It has no prototype, so that a member may have any name, including `__proto__`. */
function objectOf(...parts: readonly unknown[]): Readonly<Record<string, unknown>> {
  const object: Record<string, unknown> = Object.create(null);
  return Object.assign(object, ...parts);
}

const paths = new Map<string, readonly string[]>();

/** Paths are literals of documents, so there are few; each is parsed once. */
function stepsOf(path: string): readonly string[] {
  const known = paths.get(path);
  if (known) return known;
  const steps = path === '' ? [] : path.split('.');
  if (paths.size > 2000) paths.clear();
  paths.set(path, steps);
  return steps;
}

/** `a.b.0` */
function at(value: unknown, path: string): unknown {
  let found = value;
  for (const step of stepsOf(path)) {
    if (typeof found !== 'object' || found === null) return undefined;
    const key =
      Array.isArray(found) && /^-\d+$/.test(step) ? String(found.length + Number(step)) : step;
    found = ownOf(found, key);
  }
  return found;
}

/** Without a moment to compare with, or if no item has one, there is no nearest. */
function nearest(
  items: readonly unknown[],
  path: string,
  moment: Date | undefined,
  timeZone: string,
): unknown {
  let found: { readonly item: unknown; readonly distance: number } | undefined;
  for (const item of items) {
    const other = moment && parseInstant(textOf(at(item, path)), timeZone);
    if (!moment || !other) continue;
    const distance = Math.abs(other.getTime() - moment.getTime());
    if (!found || distance < found.distance) found = { item, distance };
  }
  return found?.item;
}

/** Filters for lists, and for parts of values. */
export const listFilters: Readonly<Record<string, Filter>> = {
  first: {
    description: 'The first item of a list',
    arity: [0, 0],
    apply: (value) => listOf(value)[0],
  },
  last: {
    description: 'The last item of a list',
    arity: [0, 0],
    apply: (value) => listOf(value).at(-1),
  },
  skip: {
    description: 'A list without its first items: skip: 1',
    takes: 'list',
    arity: [1, 1],
    // An absent count gives an empty list: otherwise `first` after it would find the first item of all.
    apply: (value, [count]) =>
      /^\d{1,9}$/.test(textOf(count).trim()) ? listOf(value).slice(Number(textOf(count))) : [],
  },
  nearest: {
    description:
      'The item of a list whose moment is nearest to another: nearest: "start_time", captures.startedAt',
    arity: [2, 2],
    apply: (value, [path, moment], { timeZone }) =>
      nearest(listOf(value), textOf(path), parseInstant(textOf(moment), timeZone), timeZone),
  },
  required: {
    description:
      'Ends the request before anything is sent if the value is absent or empty: required: "the agent of this extension"; of several contacts or rows, leaves out this one, with that reason',
    arity: [1, 1],
    apply(value, [what]) {
      if (!isEmpty(value)) return value;
      throw new TelephonyError({
        code: 'invalid_input',
        message: `The connection does not know ${textOf(what)}.`,
        hint: 'Add it to the settings of the connection, or send another value.',
      });
    },
  },
  size: {
    description: 'The number of items in a list, or of characters in a text',
    arity: [0, 0],
    apply: (value) => (typeof value === 'string' ? Array.from(value).length : listOf(value).length),
  },
  at: {
    description: 'A part of a value: at: "data.rows.0.id"; of each item of a list with map',
    arity: [1, 1],
    apply: (value, [path]) => at(value, textOf(path)),
  },
  map: {
    description:
      'The same part of each item of a list; with a list of column names, rows that are lists become objects',
    takes: 'list',
    arity: [1, 1],
    apply: (value, [path]) =>
      Array.isArray(path)
        ? listOf(value).map((row) =>
            Object.fromEntries(path.map((name, index) => [textOf(name), at(row, String(index))])),
          )
        : listOf(value).map((item) => at(item, textOf(path))),
  },
  where: {
    description:
      'The items of a list whose part has this value: where: "type", "MOBILE"; never one without that part',
    takes: 'list',
    arity: [2, 2],
    apply: (value, [path, wanted]) =>
      isAbsent(wanted)
        ? []
        : listOf(value).filter((item) => {
            const part = at(item, textOf(path));
            return !isAbsent(part) && textOf(part) === textOf(wanted);
          }),
  },
  merge: {
    description:
      'Each item of a list with the item of another list whose part is the same: merge: reply.calls, "id", "callId"',
    takes: 'list',
    arity: [3, 3],
    apply(value, [others, ownPath, otherPath]) {
      const byKey = new Map(
        listOf(others).map((other) => [textOf(at(other, textOf(otherPath))), other]),
      );
      // Two items without a key do not belong together.
      byKey.delete('');
      return listOf(value).map((item) => {
        const other = byKey.get(textOf(at(item, textOf(ownPath))));
        return objectOf(other, item);
      });
    },
  },
  unwind: {
    description:
      'One item for each item of an inner list: a copy of the outer item, with the inner one in the place of that list: unwind: "calls"',
    takes: 'list',
    arity: [1, 1],
    apply: (value, [name]) =>
      listOf(value).flatMap((item) =>
        listOf(at(item, textOf(name))).map((inner) => objectOf(item, { [textOf(name)]: inner })),
      ),
  },
  entries: {
    description: 'The names and values of an object as a list; each has name and value',
    arity: [0, 0],
    // PHP writes an object without members as an empty list.
    apply: (value) =>
      typeof value === 'object' && value !== null
        ? Object.entries(value).map(([name, member]) => ({ name, value: member }))
        : undefined,
  },
  join: {
    description: 'The items of a list as one text, empty ones left out: join: ","',
    arity: [1, 1],
    apply: (value, [separator]) =>
      joinedText(
        listOf(value)
          .filter((item) => !isEmpty(item))
          .map(textOf),
        textOf(separator),
      ),
  },
  sortedPairs: {
    description:
      'The names and values of an object as one text, sorted by name, with one text between name and value and one between pairs: sortedPairs: "=", "&"',
    arity: [2, 2],
    apply: (value, [equals, separator]) =>
      joinedText(
        pairsOf(value)
          .toSorted(([one], [other]) => (one < other ? -1 : 1))
          .map(([name, member]) => `${name}${textOf(equals)}${textOf(member)}`),
        textOf(separator),
      ),
  },
  split: {
    description: 'A text as a list: split: ","',
    arity: [1, 1],
    apply: (value, [separator]) => (isEmpty(value) ? [] : textOf(value).split(textOf(separator))),
  },
};
