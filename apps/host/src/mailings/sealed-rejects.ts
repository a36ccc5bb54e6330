import type { MailingRejectTable } from '../store/schema.ts';
import type { TenantCipher } from '../store/vault.ts';

const mostKept = 10_000;

const placeOf = (ref: number, seq: number) => `mailings/${ref}/rejects/${seq}`;

/** Seals a row that was not taken, or one of whose numbers was not, cut to what is worth keeping. */
export function sealReject(cipher: TenantCipher, ref: number, seq: number, row: unknown): string {
  return cipher.seal(placeOf(ref, seq), textOf(row).slice(0, mostKept));
}

function textOf(row: unknown): string {
  try {
    return JSON.stringify(row ?? null);
  } catch {
    // Nested too deeply for JSON.stringify.
    return 'null';
  }
}

/** The row as it came, for the file of what was not taken. */
export function openReject(
  cipher: TenantCipher,
  row: Pick<MailingRejectTable, 'mailing' | 'seq' | 'sealed'>,
): string {
  return cipher.open(placeOf(row.mailing, row.seq), row.sealed);
}
