import { md5 } from '@noble/hashes/legacy.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import { TelephonyError } from '../errors/telephony-error.ts';
import { parseInstant, parseWritten, trailingZone } from './date-format.ts';
import { complaintAboutFormat } from './date-format-check.ts';
import type { Filter } from './filters.ts';
import { hmacFilter } from './hmac-filter.ts';
import { JsonTooDeep, parseLosslessJson } from './lossless-json.ts';
import { joinedText, madeText } from './made-text.ts';
import { compilePattern, firstMatch, matches } from './pattern.ts';
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

function checkPattern(filter: string, pattern: unknown): string | undefined {
  if (pattern === undefined) return `"${filter}" needs a regular expression in quotes`;
  compilePattern(textOf(pattern));
  return undefined;
}

/** Every second one, except the last if it stands alone. */
const patternsOf = (choices: readonly unknown[]): readonly unknown[] =>
  choices.filter((_, index) => index % 2 === 0 && index + 1 < choices.length);

const patterns = new Map<string, ReturnType<typeof compilePattern>>();

/** Patterns are literals of documents, so there are few; each is compiled once. */
function patternOf(source: string): ReturnType<typeof compilePattern> {
  const known = patterns.get(source);
  if (known) return known;
  const compiled = compilePattern(source);
  if (patterns.size > 2000) patterns.clear();
  patterns.set(source, compiled);
  return compiled;
}

function checkFormats(values: readonly unknown[]): string | undefined {
  const isZoned = trailingZone(values.map(textOf)) !== undefined;
  // A value that is not a literal is unknown when the document is saved.
  const formats = values
    .slice(0, isZoned ? -1 : undefined)
    .filter((value) => value !== undefined)
    .map(textOf);
  for (const format of formats) {
    const complaint = complaintAboutFormat(format, 'parsing');
    if (complaint !== undefined) return `"parseDate": ${complaint}; ${lastZone}`;
  }
  return undefined;
}

const lastZone = 'the last value may be a time zone: "America/Sao_Paulo", "UTC", "-03:00"';

const hashed = (hash: (bytes: Uint8Array) => Uint8Array) => (value: unknown) =>
  bytesToHex(hash(utf8ToBytes(textOf(value))));

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

/** Filters for lists, for parts of values, and for signatures. */
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
    // An absent index finds no item: otherwise it would be the first.
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
      'Ends the request before anything is sent if the value is absent or empty: required: "the agent of this extension"',
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
  match: {
    description: 'The first group of a regular expression (RE2), or what it matches',
    arity: [1, 1],
    check: ([pattern]) => checkPattern('match', pattern),
    apply: (value, [pattern]) => firstMatch(patternOf(textOf(pattern)), textOf(value)),
  },
  choose: {
    description:
      'By pattern: choose: "^[0-9]{4}$", "extension", "^[0-9]{10,11}$", "external", "queue": the value after the first pattern that matches, or the last one',
    arity: [3, 21],
    check: (choices) =>
      patternsOf(choices)
        .map((pattern) => checkPattern('choose', pattern))
        .find((complaint) => complaint !== undefined),
    apply(value, choices) {
      const text = textOf(value);
      for (let index = 0; index + 1 < choices.length; index += 2) {
        if (matches(patternOf(textOf(choices[index])), text)) return choices[index + 1];
      }
      return choices.length % 2 === 1 ? choices.at(-1) : undefined;
    },
  },
  stripPrefix: {
    description: 'Without this beginning',
    arity: [1, 1],
    apply: (value, [prefix]) => {
      const text = textOf(value);
      return text.startsWith(textOf(prefix)) ? text.slice(textOf(prefix).length) : text;
    },
  },
  stripSuffix: {
    description: 'Without this end',
    arity: [1, 1],
    apply: (value, [suffix]) => {
      const text = textOf(value);
      const end = textOf(suffix);
      return end !== '' && text.endsWith(end) ? text.slice(0, -end.length) : text;
    },
  },
  mask: {
    description:
      'Its letters and digits in a format, each "#" one of them: mask: "(##) #####-####"; any left over are appended',
    arity: [1, 1],
    apply(value, [form]) {
      const signs = Array.from(textOf(value).replace(/[^\p{L}\p{N}]/gu, ''));
      if (signs.length === 0) return '';
      let used = 0;
      const filled = textOf(form).replaceAll('#', () => signs[used++] ?? '');
      return filled + signs.slice(used).join('');
    },
  },
  csv: {
    description: 'For a cell of a CSV text: quoted if necessary',
    arity: [0, 0],
    apply(value) {
      const text = textOf(value);
      return /[",;\t\r\n]/.test(text) ? madeText(`"${text.replaceAll('"', '""')}"`) : text;
    },
  },
  ascii: {
    description: 'Without accents: "São" becomes "Sao"',
    arity: [0, 0],
    apply: (value) =>
      textOf(value)
        .normalize('NFD')
        .replace(/[\u0300-\u036f]/g, ''),
  },
  parseJson: {
    description: 'The value of a JSON text',
    arity: [0, 0],
    apply(value) {
      try {
        return parseLosslessJson(textOf(value));
      } catch (error) {
        if (!(error instanceof JsonTooDeep)) return undefined;
        throw new TelephonyError({
          code: 'response_too_large',
          // This concerns this text alone; the reader of an answer adds what had been sent by then.
          delivery: 'not_sent',
          message: `A text that should be JSON cannot be read: ${error.message}.`,
          cause: error,
        });
      }
    },
  },
  parseDate: {
    description:
      'A moment from a text in a format: parseDate: "dd/MM/yyyy HH:mm:ss", with MMM for the name of a month and EEE for that of a day, or epoch, epochMs; several formats are tried in order; the last value may be a time zone',
    arity: [1, 6],
    check: checkFormats,
    apply: (value, formats, scope) =>
      parseWritten(textOf(value), formats.map(textOf), scope.timeZone),
  },
  seconds: {
    description:
      'Seconds from a duration: 01:02:03, 02:03, or a number of seconds; seconds: "ms" from milliseconds',
    arity: [0, 1],
    check: ([unit]) =>
      unit === undefined || unit === 'ms' ? undefined : '"seconds" needs "ms", or no value',
    apply(value, [unit]) {
      const text = textOf(value).trim();
      if (/^\d+(?::\d{1,2}){1,2}$/.test(text))
        return text.split(':').reduce((sum, part) => sum * 60 + Number(part), 0);
      const number = Number(text);
      if (text === '' || !Number.isFinite(number)) return null;
      return textOf(unit) === 'ms' ? number / 1000 : number;
    },
  },
  xml: {
    description: 'For the text of an XML element or attribute',
    arity: [0, 0],
    apply: (value) =>
      madeText(textOf(value).replace(/[<>&"']/g, (sign) => `&#${sign.charCodeAt(0)};`)),
  },
  md5: { description: 'MD5 in hexadecimal', arity: [0, 0], apply: hashed(md5) },
  sha256: { description: 'SHA-256 in hexadecimal', arity: [0, 0], apply: hashed(sha256) },
  hmac: hmacFilter,
};
