import type { ContactLoadResult, RejectedContact } from '../../features/contact-load.ts';
import type { Contact } from '../../values/contact.ts';
import { itemsOf, type Item } from './phone-values.ts';
import { textOf } from '../language/value.ts';

/**
 * If phones are counted, the report has a row per rejected phone: if one number can still be called, the contact is there. Rows that match none of the contacts are
 * passed on.
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

/** For a file with a line per phone. Only named contacts are kept in memory; if the contacts can be read only once, their phones are no longer known. */
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

/** Whether the contacts can be read only once, as those of a generator. */
export const isReadOnce = (contacts: AsyncIterable<Contact>): boolean =>
  Object.is(contacts[Symbol.asyncIterator](), contacts);
