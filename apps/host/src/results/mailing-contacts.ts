import { sql } from 'kysely';
import { numberKey } from '../rules/number-tally.ts';
import { arrayValue } from '../store/postgres-array.ts';
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
      const asked =
        native.engine === 'sqlite'
          ? sql<{ id: string }>`(select value as id from json_each(${JSON.stringify(contactIds)}))`
          : sql<{ id: string }>`(select unnest(${arrayValue(contactIds)}::text[]) as id)`;
      // Not `not exists`: PostgreSQL may make that a join, and read the whole mailing for each chunk of a report.
      const { rows } = await sql<{ id: string }>`
        select id from ${asked} as asked
        where (select 1 from mailing_contacts where mailing = ${ref} and contact_id = asked.id) is null`.execute(
        db,
      );
      return new Set(rows.map(({ id }) => id));
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
