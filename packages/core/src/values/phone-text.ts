import type { PhoneReason } from './phone-number.ts';
import type { WrittenDigits } from './doubtful-prefix.ts';
import { isScientific, withoutDecimals } from './whole-number.ts';

export type PhoneText =
  | (WrittenDigits & { readonly digits: string; readonly extension?: string })
  | { readonly reason: PhoneReason | 'empty' };

/** A footnote mark, a number in a circle, a half: NFKC would turn them into digits of the number. */
const otherNumber = /[\p{No}\p{Nl}]/u;
const invisible = /[\u200b-\u200d\u2060\ufeff\u00ad]/g;
const spreadsheetMarks = /^['="\s]+|['"\s]+$/g;
const branch = /[\s,]*(?:ramal|ram\.?|r\.|ext\.?|x)\s*(\d{1,6})$/i;
/** Blanks of any kind, brackets, dots, slashes and every dash. */
const punctuation = /[\s().\-/\u2010-\u2015\u2212]+/;

/**
 * Extra digits after a complete number, separated by a slash or a bracket, or a few of them after four and four: an alternative ending, an extension, or the area
 * code. `41 9999-8888/9` is not 41 99998-8889, nor is `3333-4444 (41)` a number of area code 33.
 */
const afterWholeNumber = [
  /(?:\d\D*){8}[/(]\D*\d/,
  /\d{4}[\s.\-\u2010-\u2015\u2212]*\d{4}\D+\d{1,3}\D*$/,
];

/**
 * An area code in brackets, and a digit too many after it: without this, `(021) 33334-44455` would be read as 33 3344-4455, with 21 for a carrier. In
 * `(015) 11 98765-4321` the brackets hold a carrier code: the area code comes separately. For other prefixes see doubtful-prefix.ts.
 */
const afterAreaCode = [
  /\(0\s*xx\s*\d\d\s*\)(?:\D*\d){10}/i,
  /\(0\d\d\)(?!\D*\d\d\D)(?:\D*\d){10}\D*$/,
];

/**
 * Reduces a written number to digits, or says why that is impossible. Unknown characters are never dropped: dialing what remains
 * would call somebody else.
 */
export function normalizePhoneText(text: string): PhoneText {
  // Most numbers need nothing else: a CRM wrote them, or they were parsed here before.
  if (/^[0-9]{1,20}$/.test(text)) return { digits: text, groups: [text], plus: false };
  // No number is longer as written; NFKC may lengthen a text.
  if (text.length > 200) return { reason: 'bad_length' };
  if (otherNumber.test(text)) return { reason: 'bad_character' };
  const plain = text.normalize('NFKC').replace(invisible, '').replace(spreadsheetMarks, '').trim();
  if (plain === '') return { reason: 'empty' };
  if (/^sips?:/i.test(plain) || plain.includes('@')) return { reason: 'sip_address' };
  if (isScientific(plain)) return { reason: 'scientific_notation' };
  const withoutScheme = withoutDecimals(plain.replace(/^tel:/i, ''));
  const extension = branch.exec(withoutScheme)?.[1];
  const written = withoutScheme.replace(branch, '').trim();
  if (holdsTwoNumbers(written)) return { reason: 'two_numbers' };
  if (afterWholeNumber.some((pattern) => pattern.test(written))) return { reason: 'digits_behind' };
  if (afterAreaCode.some((pattern) => pattern.test(written))) return { reason: 'bad_length' };
  const plus = /^\(?\+/.test(written);
  // "(0XX)" stands for a trunk zero and any carrier.
  const groups = written
    .replace(/^\(?\+/, '')
    .replace(/\(0\s*xx\s*(?=\d)/i, '(0')
    .replace(/\(0\s*xx\s*\)/i, '')
    .split(punctuation)
    .filter((group) => group !== '');
  const digits = groups.join('');
  if (!/^[0-9]+$/.test(digits)) return { reason: digits === '' ? 'bad_length' : 'bad_character' };
  if (digits.length > 20) return { reason: 'two_numbers' };
  return { digits, groups, plus, ...(extension !== undefined && { extension }) };
}

function holdsTwoNumbers(written: string): boolean {
  const parts = written
    .split(/[;,|/]|\s+(?:ou|e|or)\s+/i)
    .filter((part) => part.replace(/\D/g, '').length >= 8);
  return parts.length > 1 || (written.match(/\+/g)?.length ?? 0) > 1;
}
