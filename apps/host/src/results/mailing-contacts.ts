import { numberKey } from '../rules/number-tally.ts';
import type { Store } from '../store/store.ts';

/** What the results need to know of a mailing's contacts. */
export interface MailingContacts {
  /** Which of these are contacts of the mailing. */
  readonly known: (ref: number, contactIds: readonly string[]) => Promise<ReadonlySet<string>>;
  /** The contacts of the mailing that have one of these numbers, by the number's hash. */
  readonly byNumber: (
    ref: number,
    numberHashes: readonly string[],
  ) => Promise<ReadonlyMap<string, readonly string[]>>;
}

export function createMailingContacts({ db }: Store): MailingContacts {
  return {
    async known(ref, contactIds) {
      if (contactIds.length === 0) return new Set();
      const rows = await db
        .selectFrom('mailing_contacts')
        .select('contact_id')
        .where('mailing', '=', ref)
        .where('contact_id', 'in', [...contactIds])
        .execute();
      return new Set(rows.map((row) => row.contact_id));
    },

    async byNumber(ref, numberHashes) {
      if (numberHashes.length === 0) return new Map();
      const rows = await db
        .selectFrom('mailing_numbers')
        .innerJoin('mailing_contacts', (join) =>
          join
            .onRef('mailing_contacts.mailing', '=', 'mailing_numbers.mailing')
            .onRef('mailing_contacts.position', '=', 'mailing_numbers.position'),
        )
        .select(['mailing_numbers.number_key', 'mailing_contacts.contact_id'])
        .where('mailing_numbers.mailing', '=', ref)
        .where('mailing_numbers.number_key', 'in', numberHashes.map(numberKey))
        .execute();
      const byKey = Map.groupBy(rows, (row) => row.number_key);
      return new Map(
        numberHashes.map((hash) => [
          hash,
          (byKey.get(numberKey(hash)) ?? []).map((row) => row.contact_id),
        ]),
      );
    },
  };
}
