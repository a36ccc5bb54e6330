import { hasCheckDigits } from './check-digits.ts';

/** The numbers of a company: 14 signs, of which the last two check the others. From July 2026 the first twelve may be capitals as well as digits. */
export const hasCnpjCheckDigits = (signs: string): boolean => hasCheckDigits(signs, 12, 9);
