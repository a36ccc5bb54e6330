import { isAreaCode } from './area-code.ts';
import { hasCpfCheckDigits } from './cpf.ts';
import { dialablePhone, parsePhone } from './phone-number.ts';

/** `+55 11 *****-4321`: area code and last four digits, the form in which a number may be shown. */
export function maskPhone(text: string): string {
  const phone = dialablePhone(parsePhone(text), { allowAmbiguous: true });
  if (!phone) return text.length > 4 ? `*****-${text.slice(-4)}` : '****';
  return `+55 ${phone.areaCode} *****-${phone.number.slice(-4)}`;
}

// Digits with the punctuation that people put between them, also percent-encoded, once or oftener; behind the sign of a line's end or a tab in JSON, too. Linear on any input.
const digitRun =
  /(?:\+|%(?:25){0,3}[0-9A-F]{2}|(?<![0-9A-Za-z%])|(?<=\\(?:[bfnrt]|u[0-9a-f]{4})))\(?\d(?:(?:[ \u00a0\u2010-\u2015().\-/+]|%(?:25){0,3}2[0-9A-F]){0,3}\d){7,}(?![0-9A-Za-z])/gi;
const percentEncoded = /%(?:25){0,3}[0-9A-F]{2}/gi;
/** With trunk zeros, the code of a carrier and the country code. */
const mostDigits = 20;
/** `0 15 41 9 9999 8888` */
const mostGroups = 6;
/** A date, and an id of Asterisk: the second in which the call began, and its place in it. */
const noNumber = /^(?:\d{4}-\d{2}-\d{2}|1[789]\d{8}\.\d{1,9})(?!\d)/;

/**
 * Masks every CPF and Brazilian telephone number inside a text: plain, punctuated, in JSON or in an address. When a run of digits may be
 * either an id or a number, it is masked: a hidden id costs a search, a shown number breaks the law. Idempotent and linear.
 */
export function maskPersonal(text: string): string {
  return text.replace(digitRun, (run) => maskRun(run));
}

/** What stands beside a number is often one, too: an extension, a date, another number. So each part of a run is looked at, from its left, the longest first. */
function maskRun(run: string): string {
  // Of the same length, so that places are the same.
  const plain = run.replace(percentEncoded, (code) => ' '.repeat(code.length));
  const whole = maskOf(plain);
  if (whole !== undefined) return whole;
  const groups = [...plain.matchAll(/\d+/g)];
  let masked = '';
  let copied = 0;
  for (let first = 0; first < groups.length; first += 1) {
    const start = groups[first]?.index ?? 0;
    const [other] = noNumber.exec(plain.slice(start, start + 21)) ?? [];
    if (other !== undefined) {
      first += other.split(/\D/).length - 1;
      continue;
    }
    for (let last = Math.min(first + mostGroups, groups.length) - 1; last >= first; last -= 1) {
      const group = groups[last];
      const end = (group?.index ?? 0) + (group?.[0].length ?? 0);
      const mask = maskOf(plain.slice(first === 0 ? 0 : start, end));
      if (mask === undefined) continue;
      masked += run.slice(copied, first === 0 ? 0 : start) + mask;
      copied = end;
      first = last;
      break;
    }
  }
  return masked + run.slice(copied);
}

function maskOf(text: string): string | undefined {
  const digits = text.replace(/\D/g, '');
  if (digits.length > mostDigits) return undefined;
  if (isCpfLike(text, digits)) return `***${digits.slice(-2)}`;
  return isPhoneLike(text, digits) ? `*****${digits.slice(-4)}` : undefined;
}

function isCpfLike(run: string, digits: string): boolean {
  if (digits.length !== 11) return false;
  return /\d{3}\.\d{3}\.\d{3}-\d{2}/.test(run) || hasCpfCheckDigits(digits);
}

/** Ten to thirteen digits that may be read as area code and number, with or without country code or trunk zero; or a bare mobile number. */
function isPhoneLike(run: string, digits: string): boolean {
  if (/^\d{4}-\d{2}-\d{2}/.test(run)) return false;
  if (digits.length === 9) return digits.startsWith('9') && /^\D*9/.test(run);
  const national = digits.replace(/^(?:0{1,2}(?:\d{2})?)?(?:55)?(?=\d{10,11}$)/, '');
  if (national.length !== 10 && national.length !== 11) return false;
  if (!isAreaCode(national.slice(0, 2))) return false;
  return national.length === 11 ? national[2] === '9' : /[2-9]/.test(national[2] ?? '');
}
