import {
  dialablePhone,
  formatPhone,
  parsePhone,
  phoneForms,
  type PhoneForm,
} from '../../values/phone-number.ts';
import { base64Of } from './base64.ts';
import { formatDate } from './date-format.ts';
import { complaintAboutFormat } from './date-format-check.ts';
import { hashFilters } from './hash-filters.ts';
import { listFilters } from './list-filters.ts';
import { losesDigits } from '../replies/lossless-json.ts';
import { joinedText, madeText } from './made-text.ts';
import { percentEncode } from '../exchanges/percent-encode.ts';
import type { Scope } from './scope.ts';
import { textFilters } from './text-filters.ts';
import { isTimeZone } from './time-zone.ts';
import { isEmpty, textOf } from './value.ts';

export type FilterFunction = (value: unknown, args: readonly unknown[], scope: Scope) => unknown;

export interface Filter {
  readonly description: string;
  readonly apply: FilterFunction;
  /** The filter takes a list. Another value counts as a list of one, an absent value as an empty list; where rows are expected, both have no result. */
  readonly takes?: 'list';
  /** Minimum and maximum number of arguments. */
  readonly arity: readonly [number, number];
  /** Checks the arguments when the document is saved; an argument that is not a literal is not known then and comes as `undefined`. */
  readonly check?: (args: readonly unknown[]) => string | undefined;
}

const onText =
  (change: (text: string) => string): FilterFunction =>
  (value) => {
    if (isEmpty(value)) return '';
    const text = textOf(value);
    return madeText(change(text), text);
  };

const longest = 10_000;

const wholeNumber =
  (place: string) =>
  ([length]: readonly unknown[]) =>
    length === undefined || length === toLength(length)
      ? undefined
      : `"${place}" needs a whole number from 0 to ${longest}`;

/** A length taken from a value: a vendor's reply must not be able to request gigabytes. */
function toLength(value: unknown): number {
  const length = Math.trunc(Number(textOf(value)));
  return Number.isNaN(length) ? 0 : Math.min(Math.max(length, 0), longest);
}

/** `null` for what is not a number. An id that a number cannot hold stays text: a changed id would be somebody else's call. */
function toNumber(value: unknown): number | string | null {
  const text = textOf(value).trim();
  const number = Number(text);
  if (losesDigits(text)) return text;
  return text !== '' && Number.isFinite(number) ? number : null;
}

function toPhoneForm(form: unknown): PhoneForm | undefined {
  return phoneForms.find((known) => known === form);
}

function checkDate([format, zone]: readonly unknown[]): string | undefined {
  const complaint =
    format === undefined ? undefined : complaintAboutFormat(textOf(format), 'formatting');
  if (complaint !== undefined) return `"date": ${complaint}`;
  return zone === undefined || isTimeZone(textOf(zone))
    ? undefined
    : '"date" needs a time zone such as "America/Sao_Paulo" as its second value';
}

/** All filters of the language, by name. */
export const filters: Readonly<Record<string, Filter>> = {
  ...listFilters,
  ...textFilters,
  ...hashFilters,
  digits: {
    description: 'Keeps the digits only',
    arity: [0, 0],
    apply: onText((text) => text.replace(/\D/g, '')),
  },
  upper: { description: 'Upper case', arity: [0, 0], apply: onText((text) => text.toUpperCase()) },
  lower: { description: 'Lower case', arity: [0, 0], apply: onText((text) => text.toLowerCase()) },
  trim: {
    description: 'Without white space at both ends',
    arity: [0, 0],
    apply: onText((text) => text.trim()),
  },
  default: {
    description: 'Another value where this one is absent or empty',
    arity: [1, 1],
    apply: (value, [fallback]) => (isEmpty(value) ? fallback : value),
  },
  truncate: {
    description: 'At most this many characters',
    arity: [1, 1],
    check: wholeNumber('truncate'),
    apply: (value, [length]) => Array.from(textOf(value)).slice(0, toLength(length)).join(''),
  },
  replace: {
    description: 'Every occurrence of a text by another',
    arity: [2, 2],
    apply: (value, [from, to]) => {
      const text = textOf(value);
      const searched = textOf(from);
      // An empty text occurs nowhere; `split` would find it between all characters.
      return searched === '' ? text : joinedText(text.split(searched), textOf(to), text);
    },
  },
  padStart: {
    description: 'Filled from the left to a length: padStart: 6, "0"',
    arity: [2, 2],
    check: wholeNumber('padStart'),
    apply: (value, [length, fill]) => textOf(value).padStart(toLength(length), textOf(fill)),
  },
  urlEncode: {
    description: 'Percent-encoded once more than its place needs, for addresses inside values',
    arity: [0, 0],
    apply: onText(percentEncode),
  },
  base64: {
    description: 'Base64 of its UTF-8 bytes',
    arity: [0, 0],
    apply: onText((text) => base64Of(new TextEncoder().encode(text))),
  },
  json: {
    description: 'As JSON text',
    arity: [0, 0],
    apply: (value) => madeText(JSON.stringify(value ?? null)),
  },
  number: {
    description:
      'A JSON number; an integer beyond 2^53, or an id such as 1732999999.10, stays text, with all its digits',
    arity: [0, 0],
    apply: toNumber,
  },
  date: {
    description:
      'A moment in a format: iso, epoch, epochMs, or letters such as yyyy-MM-dd HH:mm:ss',
    arity: [1, 2],
    check: checkDate,
    apply: (value, [format, zone], scope) =>
      formatDate(value, textOf(format), isEmpty(zone) ? scope.timeZone : textOf(zone)),
  },
  phone: {
    description: `A Brazilian number in a form: ${phoneForms.join(', ')}; a second argument "withoutNinthDigit" is for old systems`,
    arity: [1, 2],
    check: ([form, option]) => {
      if (form !== undefined && !toPhoneForm(form))
        return `"phone" needs one of ${phoneForms.map((known) => `"${known}"`).join(', ')}`;
      return option === undefined || option === 'withoutNinthDigit'
        ? undefined
        : '"phone" takes no second argument other than "withoutNinthDigit"';
    },
    apply: (value, [form, option]) => {
      const phone = dialablePhone(parsePhone(textOf(value)), { allowAmbiguous: true });
      const wanted = toPhoneForm(form);
      // What is not a telephone number (an extension, a queue) stays as it is.
      if (!phone || !wanted) return textOf(value);
      return formatPhone(phone, wanted, { withoutNinthDigit: option === 'withoutNinthDigit' });
    },
  },
};
