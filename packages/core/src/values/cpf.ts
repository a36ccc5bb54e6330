import { hasCheckDigits } from './check-digits.ts';
import { isScientific, withoutDecimals } from './whole-number.ts';

export type CpfReason =
  | 'empty'
  | 'bad_character'
  | 'bad_length'
  | 'cnpj'
  | 'scientific_notation'
  | 'lost_leading_zero'
  | 'all_equal'
  | 'check_digits';

export type ParsedCpf =
  | { readonly valid: true; readonly digits: string }
  | { readonly valid: false; readonly reason: CpfReason };

/**
 * Reads a CPF: 11 digits, the last two of which are check digits. Ten digits are a zero lost by a spreadsheet: reported, never
 * padded silently.
 */
export function parseCpf(text: string): ParsedCpf {
  const plain = withoutDecimals(text.normalize('NFKC').trim());
  if (plain === '') return { valid: false, reason: 'empty' };
  if (isScientific(plain)) return { valid: false, reason: 'scientific_notation' };
  const digits = plain.replace(/[./\-\s]/g, '');
  if (!/^\d+$/.test(digits)) return { valid: false, reason: 'bad_character' };
  if (digits.length === 10) return { valid: false, reason: 'lost_leading_zero' };
  if (digits.length === 14) return { valid: false, reason: 'cnpj' };
  if (digits.length !== 11) return { valid: false, reason: 'bad_length' };
  if (/^(\d)\1+$/.test(digits)) return { valid: false, reason: 'all_equal' };
  return hasCpfCheckDigits(digits)
    ? { valid: true, digits }
    : { valid: false, reason: 'check_digits' };
}

/** Whether the last two of 11 digits are the check digits of the first nine. */
export const hasCpfCheckDigits = (digits: string): boolean => hasCheckDigits(digits, 9, 11);
