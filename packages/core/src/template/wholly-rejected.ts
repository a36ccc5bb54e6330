import type { ContactLoadResult, RejectedContact } from '../features/contact-load.ts';
import type { Contact } from '../values/contact.ts';
import { itemsOf, type Item } from './phone-values.ts';
import { textOf } from './value.ts';

/**
 * Where phones are counted, a row for each that was not taken: with one number that can be called, the contact is there. What names none of the contacts is
 * handed on.
 */
export function whollyRejected(
  { rejected }: ContactLoadResult,
  items: readonly Item[],
): readonly RejectedContact[] {
  const left = new Map<string, number>();
  for (const { contactId } of items) {
    const id = textOf(contactId);
    left.set(id, (left.get(id) ?? 0) + 1);
  }
  return rejected.filter(({ contactId }) => {
    const known = left.get(contactId);
    if (known === undefined) return true;
    left.set(contactId, known - 1);
    return known === 1;
  });
}

/** Of a file with a line for each phone. Only contacts that are named are kept in memory; of those that can be read only once, the phones are not known any more. */
export async function whollyRejectedOf(
  told: ContactLoadResult,
  contacts: AsyncIterable<Contact>,
): Promise<readonly RejectedContact[]> {
  if (told.rejected.length === 0 || isReadOnce(contacts)) return told.rejected;
  const named = new Set(told.rejected.map(({ contactId }) => contactId));
  const items: Item[] = [];
  for await (const contact of contacts)
    if (named.has(contact.contactId)) items.push(...itemsOf(contact, 'phones'));
  return whollyRejected(told, items);
}

/** Once it is read, nothing is left. */
export const isReadOnce = (contacts: AsyncIterable<Contact>): boolean =>
  Object.is(contacts[Symbol.asyncIterator](), contacts);
