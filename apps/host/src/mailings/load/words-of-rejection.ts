import type { RejectedContact } from '@finaz-telephony/core';
import { maskedAnswer } from '../../adapter-work/adapter-failure.ts';
import type { Masker } from '../../exchanges/mask.ts';
import type { ContactWords } from '../vendor-words.ts';

/** Why a contact was not taken: what the telephone system said, or what keeps the connection from writing it. */
export const wordsOfRejection = (
  { vendor, reason }: RejectedContact,
  masker: Masker,
): ContactWords =>
  reason === undefined
    ? { code: 'refused', vendor: maskedAnswer(masker, vendor) }
    : { code: 'invalid_input', message: masker.text(reason) };
