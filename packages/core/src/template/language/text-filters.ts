import { TelephonyError } from '../../errors/telephony-error.ts';
import { parseWritten, trailingZone } from './parse-date.ts';
import { complaintAboutFormat } from './date-format-check.ts';
import type { Filter } from './filters.ts';
import { JsonTooDeep, parseLosslessJson } from '../replies/lossless-json.ts';
import { madeText } from './made-text.ts';
import { compilePattern, firstMatch, matches } from './pattern.ts';
import { textOf } from './value.ts';

function checkPattern(filter: string, pattern: unknown): string | undefined {
  if (pattern === undefined) return `"${filter}" needs a regular expression in quotes`;
  compilePattern(textOf(pattern));
  return undefined;
}

/** The patterns of `choose`: every second argument, except a last one that stands alone, the value if no pattern matches. */
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

/** Filters that read a text, or write it as a format asks for it. */
export const textFilters: Readonly<Record<string, Filter>> = {
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
          // Reading this text has sent nothing; `compileExpression` changes the delivery if a request was sent before.
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
      'Seconds from a duration: 01:02:03, 02:03, either with a fraction, or a number of seconds; seconds: "ms" from milliseconds',
    arity: [0, 1],
    check: ([unit]) =>
      unit === undefined || unit === 'ms' ? undefined : '"seconds" needs "ms", or no value',
    apply(value, [unit]) {
      const text = textOf(value).trim();
      if (/^\d+(?::\d{1,2}){1,2}(?:[.,]\d{1,9})?$/.test(text))
        return text
          .replace(',', '.')
          .split(':')
          .reduce((sum, part) => sum * 60 + Number(part), 0);
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
};
