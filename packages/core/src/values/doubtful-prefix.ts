import { isAreaCode } from './area-code.ts';

/** The digits of a number as written. */
export interface WrittenDigits {
  /** The digits between one separator and the next. */
  readonly groups: readonly string[];
  readonly plus: boolean;
}

/**
 * Whether what was read as a country or carrier code may be the area code of a mobile number with a digit too many: then somebody in another area code would be called.
 * `(55) 998877-6655` and `021 998877-6655` can be read as 99 8877-6655, and are just as likely a mistyped mobile number of area code 55 or 21. In `55 9 98877-6655` the area
 * code would be 99, whose digits are not together. `(55) 11 3333-4444` and `(55) 113333-4444` can be read in one way only.
 *
 * @param length how many digits were read as area code and number; those before them are the prefix
 */
export function isPrefixDoubtful({ groups, plus }: WrittenDigits, length: number): boolean {
  if (groups.length === 1) return false;
  const digits = groups.join('');
  const prefix = digits.slice(0, -length);
  if (prefix.length < 2) return false;
  /** Whether a group begins where this many digits are left. */
  const beginsBefore = (count: number) =>
    groups.some((_, index) => groups.slice(index).join('').length === count);
  const isAreaCodeSplit = beginsBefore(length - 1);
  if (isAreaCodeSplit) return true;
  // 0055 (55) is the country and the area code, rather than a carrier and the country.
  const isCountry = plus ? prefix === '55' : /^00(?:(?!55)\d\d)?55$/.test(prefix);
  const isAreaCodeApart = beginsBefore(length - 2);
  if (length !== 10 || isCountry || isAreaCodeApart || !isAreaCode(prefix.slice(-2))) return false;
  // People split ten digits before the last four, or not at all: a last group of five to seven belongs to a longer number.
  const last = groups.at(-1)?.length ?? 0;
  const isOddlyParted = last > 4 && last < 8;
  const isLikeMobile = beginsBefore(length) && digits.at(-length) === '9';
  return isOddlyParted || isLikeMobile;
}
