import { isAreaCode } from './area-code.ts';
import { hasCpfCheckDigits } from './cpf.ts';
import { dialablePhone, parsePhone } from './phone-number.ts';

/** `+55 11 *****-4321`: area code and last four digits, the form in which a number may be shown. */
export function maskPhone(text: string): string {
  const phone = dialablePhone(parsePhone(text), { allowAmbiguous: true });
  if (!phone) return text.length > 4 ? `*****-${text.slice(-4)}` : '****';
  return `+55 ${phone.areaCode} *****-${phone.number.slice(-4)}`;
}

// A run of digits with the punctuation that people put between them, also percent-encoded. Bounded repetition: linear on any input.
const digitRun =
  /(?:\+|%[0-9A-F]{2}|(?<![0-9A-Za-z%]))\(?\d(?:(?:[ ().\-/+]|%2[0-9A-F]){0,3}\d){7,19}(?![0-9A-Za-z])/gi;

/**
 * Masks every CPF and Brazilian telephone number inside a text: plain, punctuated, in JSON or in an address. When a run of digits may be
 * either an id or a number, it is masked: a hidden id costs a search, a shown number breaks the law. Idempotent and linear.
 */
export function maskPersonal(text: string): string {
  return text.replace(digitRun, (run) => maskRun(run));
}

function maskRun(run: string): string {
  const digits = run.replace(/%[0-9A-F]{2}/gi, ' ').replace(/\D/g, '');
  if (isCpfLike(run, digits)) return `***${digits.slice(-2)}`;
  if (isPhoneLike(run, digits)) return `*****${digits.slice(-4)}`;
  return run;
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
