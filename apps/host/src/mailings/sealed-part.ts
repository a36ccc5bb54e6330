import type { Captures, Parameters } from '@finaz-telephony/core';
import type { TenantCipher } from '../store/vault.ts';

/** What of a mailing is sealed together. */
export interface SealedPart {
  readonly parameters: Parameters;
  readonly captures: Captures;
}

const placeOf = (mailingId: string) => `mailings/${mailingId}`;

export const sealPart = (cipher: TenantCipher, mailingId: string, part: SealedPart): string =>
  cipher.seal(placeOf(mailingId), JSON.stringify(part));

export const openPart = (cipher: TenantCipher, mailingId: string, sealed: string): SealedPart =>
  JSON.parse(cipher.open(placeOf(mailingId), sealed));
