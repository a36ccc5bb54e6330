import type { RejectedContact } from '@finaz-telephony/core';

/** How many contacts a telephone system has not taken and names by none of the ids that it was sent: a number, another form of the id, or nothing. */
export const strangers = (
  rejected: readonly RejectedContact[],
  sent: { readonly has: (contactId: string) => boolean },
): number => rejected.filter(({ contactId }) => !sent.has(contactId)).length;

/** Any contact that was sent with them, and is not refused by its own id, may be one of them. */
export const wordsOfDoubt = (count: number) => ({
  code: 'unreadable_response',
  message: `The telephone system did not accept ${count} of the contacts that were sent together with this one, but named them by ids that were not sent.`,
  hint: 'Look at the answer in the log of exchanges: contactLoad.rejected.contactId is to give the id of the contact. Then settle the contacts in doubt.',
});
