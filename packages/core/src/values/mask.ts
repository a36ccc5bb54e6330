import { isAreaCode } from './area-code.ts';
import { hasCnpjCheckDigits } from './cnpj.ts';
import { hasCpfCheckDigits } from './cpf.ts';
import { digitRun, plainDigits } from './digit-run.ts';

/** The most digits of one number, with trunk zeros, carrier code and country code. */
const mostDigits = 20;
/** The most groups that one number is written in: `0 15 41 9 9999 8888`. */
const mostGroups = 6;
const octet = '(?:25[0-5]|2[0-4]\\d|1?\\d?\\d)';
/** What is not a number: a date; an Asterisk id (the second in which the call began, and its sequence number); an internet address. */
const noNumber = new RegExp(
  `^(?:\\d{4}-\\d{2}-\\d{2}|1[789]\\d{8}\\.\\d{1,9}|${octet}(?:\\.${octet}){3})(?!\\d)`,
);
const isAddress = new RegExp(`^[^\\d(+]*${octet}(?:\\.${octet}){3}$`);

/**
 * Masks every CPF, CNPJ and Brazilian telephone number inside a text: plain, punctuated, in JSON, in HTML or in an address. When a run of digits may be
 * either an id or a number, it is masked: a hidden id costs a search, a shown number breaks the law. Idempotent and linear.
 */
export function maskPersonal(text: string): string {
  const withoutCnpj = text.replace(cnpj, (found, at: number) => maskCnpj(text, at, found));
  return withoutCnpj.replace(digitRun, (run, at: number) => maskAt(withoutCnpj, at, run));
}

// What comes before it is checked once a match is found: a lookbehind at each position of a text would take longer than all else here.
const cnpj =
  /[0-9A-Z]{2}\.?[0-9A-Z]{3}\.?[0-9A-Z]{3}(?:\\{0,4}\/|%2F)?[0-9A-Z]{4}-?\d{2}(?![0-9A-Za-z])/g;
const timestamp =
  /^(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?:[01]\d|2[0-3])[0-5]\d[0-5]\d$/;

function maskCnpj(text: string, at: number, found: string): string {
  const signs = found.replace(/%2F|[^0-9A-Z]/g, '');
  if (!hasCnpjCheckDigits(signs) || timestamp.test(found)) return found;
  const before = text.slice(Math.max(0, at - 6), at);
  return /[0-9a-z]$/i.test(before) && !/cnpj$|%(?:25)?..$/i.test(before) && !jsonEscape.test(before)
    ? found
    : `***${signs.slice(-2)}`;
}

/** `\n` in JSON is a line end, not a letter; and neither is `\u00a0`. */
const jsonEscape = /\\(?:[bfnrt]|u[0-9a-f]{4})$/i;

function maskAt(text: string, at: number, run: string): string {
  const plain = plainDigits(run);
  const end = at + run.length;
  const left = startsWithDigit.test(run) && isLetter(text.charCodeAt(at - 1));
  if (!left && !isLetter(text.charCodeAt(end))) return maskRun(run, plain);
  return maskBesideLetters(run, plain, left ? wordBefore(text, at) : '', wordAfter(text, end));
}

const startsWithDigit = /^\d/;
const isLetter = (unit: number) => (unit >= 65 && unit <= 90) || (unit >= 97 && unit <= 122);
/** A hexadecimal word of this length or more is a hash. */
const longestWord = 24;

function wordBefore(text: string, at: number): string {
  const before = text.slice(Math.max(0, at - longestWord), at);
  return jsonEscape.test(before) ? '' : (/[0-9a-z]*$/i.exec(before)?.[0] ?? '');
}

const wordAfter = (text: string, end: number) =>
  /^[0-9a-z]*/i.exec(text.slice(end, end + longestWord))?.[0] ?? '';

/** `4.1999998888e10`, as languages without integers write a number. */
const mantissa = /^\d\.\d+$/;
const exponent = /^e(?:0?9|1[0-2])?$/i;
/** A timestamp in seconds, as ids contain it. */
const epoch = /^1[78]\d{8}$/;

/** Letters next to a run may be a word, `CPF52998224725`, or part of an id: a hash, a part of a UUID. */
function maskBesideLetters(run: string, plain: string, left: string, right: string): string {
  const word = left + right;
  const isNumber = left === '' && exponent.test(right) && mantissa.test(plain);
  const isLabelled = /^[a-z]*$/i.test(word) && /[g-z]/i.test(word) && !epoch.test(plain);
  if (word === '' || isNumber || isLabelled) return maskRun(run, plain);
  const first = left === '' ? 0 : (/^\d+\D*/.exec(plain)?.[0].length ?? 0);
  const last = right === '' ? plain.length : plain.replace(/\D*\d+$/, '').length;
  // One group, with letters at both ends.
  if (first > last) return maskInId(run, word);
  const inside = maskRun(run.slice(first, last), plain.slice(first, last));
  return maskInId(run.slice(0, first), left) + inside + maskInId(run.slice(last), right);
}

/** Masks in what looks like an id only what almost no id contains; in a hash, nothing. */
const maskInId = (part: string, word: string) =>
  part.replace(/\d{11,}/, (digits) => {
    if (digits.length + word.length >= longestWord && /^[\da-f]*$/i.test(word)) return digits;
    const isMobile = /^(?:55)?\d{2}9\d{8}$/.test(digits) && isAreaCode(digits.slice(-11, -9));
    return isMobile || (digits.length === 11 && hasCpfCheckDigits(digits))
      ? (maskOf(digits) ?? digits)
      : digits;
  });

/** What is next to a number is often digits, too: an extension, a date, another number. So each part of a run is tried, from its left, the longest first. */
function maskRun(run: string, plain: string): string {
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
  if (/^\d{4}-\d{2}-\d{2}/.test(run) || isAddress.test(run)) return false;
  if (digits.length === 9) return digits.startsWith('9') && /^\D*9/.test(run);
  const national = digits.replace(/^(?:0{1,2}(?:\d{2})?)?(?:55)?(?=\d{10,11}$)/, '');
  if (national.length !== 10 && national.length !== 11) return false;
  if (!isAreaCode(national.slice(0, 2))) return false;
  return national.length === 11 ? national[2] === '9' : /[2-9]/.test(national[2] ?? '');
}
