import type { RejectedContact } from '@finaz-telephony/core';

/** How many refused contacts the telephone system names by no id that it was sent: by a number, by another form of the id, or not at all. */
export const strangers = (
  rejected: readonly RejectedContact[],
  sent: { readonly has: (contactId: string) => boolean },
): number => rejected.filter(({ contactId }) => !sent.has(contactId)).length;

/** Words about a contact that was sent with such strangers and not refused by its own id: it may be one of them. */
export const wordsOfDoubt = (count: number) => ({
  code: 'unreadable_response',
  message: `The telephone system did not accept ${count} of the contacts that were sent together with this one, but named them by ids that were not sent.`,
  hint: 'Look at the answer in the log of exchanges: contactLoad.rejected.contactId is to give the id of the contact. Then settle the contacts in doubt.',
});
