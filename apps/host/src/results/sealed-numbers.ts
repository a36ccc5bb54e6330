import { shortBytes } from '../store/short-seals.ts';
import type { TenantCipher } from '../store/vault.ts';

/** Longer texts, which no phone number is, are sealed one by one. */
const isShort = (text: string) =>
  text.length <= shortBytes && Buffer.byteLength(text) <= shortBytes;

export function sealNumbers(
  cipher: TenantCipher,
  numbers: readonly { readonly numberHash: string; readonly number: string }[],
): string[] {
  const sealed = cipher.sealShort(
    numbers.map(({ numberHash, number }) => ({
      hash: numberHash,
      text: isShort(number) ? number : '',
    })),
  );
  return numbers.map(({ numberHash, number }, index) =>
    isShort(number) ? (sealed[index] ?? '') : cipher.seal(`attempts/${numberHash}`, number),
  );
}

/** @throws {TelephonyError} if any of them does not open */
export function openNumbers(
  cipher: TenantCipher,
  rows: readonly { readonly numberHash: string; readonly sealedNumber: string }[],
): string[] {
  // A text sealed by itself has a dot, which the alphabet of short ones lacks.
  const short = rows.filter(({ sealedNumber }) => !sealedNumber.includes('.'));
  const opened = cipher.openShort(
    short.map(({ numberHash, sealedNumber }) => ({ hash: numberHash, text: sealedNumber })),
  );
  let next = 0;
  return rows.map(({ numberHash, sealedNumber }) => {
    if (sealedNumber.includes('.')) return cipher.open(`attempts/${numberHash}`, sealedNumber);
    next += 1;
    return opened[next - 1] ?? '';
  });
}
