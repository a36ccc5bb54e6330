/** Full-width and Arabic digits; their last four bits are their value. */
const foreign = String.raw`\uff10-\uff19\u0660-\u0669\u06f0-\u06f9`;
/** The beginning of a character reference, also where HTML within HTML has encoded it again. */
const reference = '&(?:amp;){0,3}';
const digit = String.raw`(?:[\d${foreign}]|%(?:25){0,3}3\d|${reference}#(?:x3\d|0{0,3}(?:4[89]|5[0-7]));)`;
/** What people put between digits, and what HTML, URLs and JSON make of it; some of it is invisible. */
const between = [
  String.raw`[ \u00a0\u200b-\u200f\u2010-\u2015\u2060\ufeff().\-/+]`,
  '%(?:25){0,3}(?!25)2[0-9A-F]',
  '%(?:25){0,3}(?:C2%(?:25){0,3})?A0',
  String.raw`\\{1,4}(?:\/|u(?:00a0|20(?:0[b-f]|1[0-5])|2060|feff))`,
  `${reference}(?:nbsp|#(?:160|xa0|0{0,3}(?:32|4[0-7])|x2[089bdef]));`,
  // Where a line of quoted-printable ends.
  String.raw`=\r?\n`,
  '</?(?:b|i|em|strong|mark|span)>',
].join('|');
/** An encoded character that is not a digit. */
const encoded = String.raw`%(?:25){0,3}(?!25|3\d)[0-9A-F]{2}`;
/** Neither inside a run nor inside an encoded character. The last sign of `\u00a0` is no digit of what follows it. */
const outside = String.raw`(?<!(?<!\\u[0-9a-f]{3})\d|%[0-9A-F]?|\\u[0-9a-f]{0,3})`;

/** Eight or more digits that may form one number, with the separators between them. Linear on any input. */
export const digitRun = new RegExp(
  String.raw`(?:\+|${encoded}|${outside})\(?${digit}(?:(?:${between}){0,3}${digit}){7,}`,
  'gi',
);

const code = new RegExp(
  String.raw`%(?:25){0,3}[0-9A-F]{2}|${reference}(?!amp;)[#0-9a-z]+;|=\r?\n|<[^>]*>|\\{1,4}u[0-9a-f]{4}|[${foreign}]`,
  'gi',
);

/** A run with plain digits, and a space for each character of an encoded separator: the length stays the same, so that positions do. */
export function plainDigits(run: string): string {
  return /[%&<=\\\u0660-\uff19]/.test(run) ? run.replace(code, plainCode) : run;
}

function plainCode(found: string): string {
  return digitOf(found).padStart(found.length, ' ');
}

function digitOf(found: string): string {
  if (found.length === 1) return String(found.charCodeAt(0) & 15);
  const [, written] = /^&(?:amp;)*#(.*);$/i.exec(found) ?? [];
  if (written !== undefined) {
    const point = Number(written.replace(/^x/i, '0x'));
    return point >= 48 && point <= 57 ? String(point - 48) : '';
  }
  return /^%(?:25){0,3}3\d$/.test(found) ? found.slice(-1) : '';
}
