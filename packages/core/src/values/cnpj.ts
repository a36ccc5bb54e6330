import { hasCheckDigits } from './check-digits.ts';

/** The number of a company: 14 characters, of which the last two are check digits. From July 2026 the first twelve may be capital letters as well as digits. */
export const hasCnpjCheckDigits = (signs: string): boolean => hasCheckDigits(signs, 12, 9);
