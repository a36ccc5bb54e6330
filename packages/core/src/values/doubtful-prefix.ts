import { isAreaCode } from './area-code.ts';

/** A number as it is written, without its punctuation. */
export interface WrittenDigits {
  /** What stood apart. */
  readonly groups: readonly string[];
  readonly plus: boolean;
}

/**
 * Whether what was taken for a country or a carrier may be the area code, with a digit too many behind it: then somebody with another area code would be called.
 * `(55) 998877-6655` and `021 998877-6655` are as likely a mistyped mobile number of 55 and of 21 as 99 8877-6655; in `55 9 98877-6655` the area code 99 would be torn
 * apart. `(55) 11 3333-4444` and `(55) 113333-4444` can be read in one way only.
 *
 * @param length of the area code and the number behind it, as they are written
 */
export function isPrefixDoubtful({ groups, plus }: WrittenDigits, length: number): boolean {
  if (groups.length === 1) return false;
  const digits = groups.join('');
  const prefix = digits.slice(0, -length);
  if (prefix.length < 2) return false;
  const begins = (left: number) => groups.some((_, index) => leftFrom(groups, index) === left);
  if (begins(length - 1)) return true;
  const isCountry = plus ? prefix === '55' : /^00(?:\d\d)?55$/.test(prefix);
  if (length !== 10 || isCountry || begins(length - 2) || !isAreaCode(prefix.slice(-2)))
    return false;
  const last = groups.at(-1)?.length ?? 0;
  const isOddlyParted = last > 4 && last < 8;
  return isOddlyParted || (begins(length) && digits.at(-length) === '9');
}

const leftFrom = (groups: readonly string[], index: number): number =>
  groups.slice(index).join('').length;
