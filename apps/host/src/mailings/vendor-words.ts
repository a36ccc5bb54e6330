import type * as v from 'valibot';
import type { TenantCipher } from '../store/vault.ts';
import type { ShownContactSchema } from './show-mailing.ts';

export type ContactWords = NonNullable<v.InferOutput<typeof ShownContactSchema>['vendor']>;

/** Where the words about a contact are sealed: what a telephone system said of it, or which rule held it back. */
const placeOf = (ref: number, position: number) => `mailings/${ref}/${position}/vendor`;

export const sealWords = (
  cipher: TenantCipher,
  ref: number,
  position: number,
  words: ContactWords,
): string => cipher.seal(placeOf(ref, position), JSON.stringify(words));

export const openWords = (
  cipher: TenantCipher,
  ref: number,
  position: number,
  sealed: string,
): ContactWords => JSON.parse(cipher.open(placeOf(ref, position), sealed));
