import { mask } from './stand-in.ts';
import { encodedForms, encodedPattern } from './written-forms.ts';

/** A phone number without its country code: people and old systems often separate its last four digits. */
const isPhone = /^\d{8,11}$/;
const gap =
  /(?:[ ._/+\u00a0\u2010-\u2015-]|%(?:25){0,3}(?:2[\da-f]|(?:c2%(?:25){0,3})?a0)|\\{1,7}(?:\/|u00a0|u201[0-5])|&(?:amp;){0,3}(?:nbsp|#(?:160|xa0|0{0,3}(?:32|4[0-7])|x2[089bdef]));|=\r?\n)?/iy;

/**
 * Every encoded form of four or more digits contains this: four digits in hexadecimal, or three digits in Base64. Hardly any other text does, so a single test
 * shows whether the search for encoded forms is worthwhile.
 */
const encodedDigits = /(?:3\d){4}|[MNO][DTjz][AEIMQUYcgk][w-z0-5]/i;

/**
 * Hides a number of four or more digits: plain, in hexadecimal, and in Base64. Plain digits are found without a pattern: each call has another number, and
 * compiling a pattern costs as much as sending the request.
 */
export function hideDigits(text: string, digits: string): string {
  const decoded = encodedDigits.test(text) ? hideEncoded(text, digits) : text;
  return isPhone.test(digits)
    ? hideGrouped(decoded, digits.slice(0, -4), digits.slice(-4))
    : decoded.replaceAll(digits, mask);
}

function hideEncoded(text: string, digits: string): string {
  const lower = text.toLowerCase();
  const isThere = (form: string) => lower.includes(form.replace(/=+$/, '').toLowerCase());
  return encodedForms(digits)
    .filter(isThere)
    .reduce((hidden, form) => hidden.replace(new RegExp(encodedPattern(form), 'gi'), mask), text);
}

function hideGrouped(text: string, first: string, last: string): string {
  let hidden = '';
  let copied = 0;
  for (let at = text.indexOf(first); at >= 0; at = text.indexOf(first, at)) {
    gap.lastIndex = at + first.length;
    gap.test(text);
    if (text.startsWith(last, gap.lastIndex)) {
      hidden += text.slice(copied, at) + mask;
      copied = gap.lastIndex + last.length;
      at = copied;
    } else at += 1;
  }
  return copied === 0 ? text : hidden + text.slice(copied);
}
