import { sql } from 'kysely';
import { numberKey } from '../rules/number-tally.ts';
import { asked } from '../store/asked.ts';
import type { Store } from '../store/store.ts';

/** What the results need to know of a mailing's contacts. */
export interface MailingContacts {
  /** Which of these are no contacts of the mailing: few, or none. */
  readonly strangers: (ref: number, contactIds: readonly string[]) => Promise<ReadonlySet<string>>;
  /** The contacts of the mailing that have one of these numbers, by the number's hash. */
  readonly byNumber: (
    ref: number,
    numberHashes: readonly string[],
  ) => Promise<ReadonlyMap<string, readonly string[]>>;
}

export function createMailingContacts({ db, native }: Store): MailingContacts {
  return {
    async strangers(ref, contactIds) {
      if (contactIds.length === 0) return new Set();
      const { rows } = await sql<{ id: string }>`
        select value as id from ${asked(native, contactIds)} as asked
        where (select 1 from mailing_contacts where mailing = ${ref} and contact_id = asked.value) is null`.execute(
        db,
      );
      return new Set(rows.map(({ id }) => id));
    },

    async byNumber(ref, numberHashes) {
      if (numberHashes.length === 0) return new Map();
      const rows = await db
        .selectFrom('mailing_numbers')
        .select((number) => [
          'number_key',
          // A value, not a join: PostgreSQL may read the whole mailing for a join.
          number
            .selectFrom('mailing_contacts')
            .select('contact_id')
            .where('mailing', '=', ref)
            .whereRef('mailing_contacts.position', '=', 'mailing_numbers.position')
            .as('contact_id'),
        ])
        .where('mailing', '=', ref)
        .where('number_key', 'in', numberHashes.map(numberKey))
        .execute();
      const byKey = Map.groupBy(rows, (row) => row.number_key);
      return new Map(
        numberHashes.map((hash) => [
          hash,
          (byKey.get(numberKey(hash)) ?? []).flatMap((row) => row.contact_id ?? []),
        ]),
      );
    },
  };
}
