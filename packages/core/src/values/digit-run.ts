/** Full-width digits and those of Arabic; their last four bits are their value. */
const foreign = String.raw`\uff10-\uff19\u0660-\u0669\u06f0-\u06f9`;
const digit = String.raw`(?:[\d${foreign}]|%(?:25){0,3}3\d|&#(?:x3\d|0{0,3}(?:4[89]|5[0-7]));)`;
/** What people, and those who write HTML or addresses, put between digits; some of it cannot be seen. */
const between = [
  String.raw`[ \u00a0\u200b-\u200f\u2010-\u2015\u2060\ufeff().\-/+]`,
  '%(?:25){0,3}(?!25)2[0-9A-F]',
  '%(?:25){0,3}C2%(?:25){0,3}A0',
  '&nbsp;|&#160;|&#xa0;',
  '</?(?:b|i|em|strong|mark|span)>',
].join('|');
/** A sign that is encoded, and no digit. */
const encoded = String.raw`%(?:25){0,3}(?!25|3\d)[0-9A-F]{2}`;
/** Not inside of a run, nor of a code. */
const outside = String.raw`(?<![\d%]|%[0-9A-F]|\\u[0-9a-f]{0,3})`;

/** Eight digits or more that may be one number, with what stands between them. Linear on any input. */
export const digitRun = new RegExp(
  String.raw`(?:\+|${encoded}|${outside})\(?${digit}(?:(?:${between}){0,3}${digit}){7,}`,
  'gi',
);

const code = new RegExp(`%(?:25){0,3}[0-9A-F]{2}|&[#0-9a-z]+;|<[^>]*>|[${foreign}]`, 'gi');

/** A run with digits as they are, and a blank for each sign of what is encoded: of the same length, so that places are the same. */
export function plainDigits(run: string): string {
  return /[%&<\u0660-\uff19]/.test(run) ? run.replace(code, plainCode) : run;
}

function plainCode(found: string): string {
  return digitOf(found).padStart(found.length, ' ');
}

function digitOf(found: string): string {
  if (found.length === 1) return String(found.charCodeAt(0) & 15);
  if (/^&#x3\d;$/i.test(found)) return found.slice(-2, -1);
  if (found.startsWith('&#')) {
    const point = Number(found.slice(2, -1));
    return point >= 48 && point <= 57 ? String(point - 48) : '';
  }
  return /^%(?:25){0,3}3\d$/.test(found) ? found.slice(-1) : '';
}
