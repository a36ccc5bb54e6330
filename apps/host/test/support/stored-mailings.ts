import type { Store } from '../../src/store/store.ts';

/** What is stored of the mailings of a queue, also of those that have not arrived whole, which no list shows. */
export async function storedOf({ db }: Store, queue: string) {
  const rowsOf = async (table: 'mailing_contacts' | 'mailing_rejects') =>
    (
      await db
        .selectFrom(table)
        .innerJoin('mailings', 'mailings.ref', `${table}.mailing`)
        .select(`${table}.mailing`)
        .where('mailings.queue', '=', queue)
        .execute()
    ).length;
  const mailings = await db
    .selectFrom('mailings')
    .select('id')
    .where('queue', '=', queue)
    .execute();
  return {
    mailings: mailings.length,
    contacts: await rowsOf('mailing_contacts'),
    rejects: await rowsOf('mailing_rejects'),
  };
}

export const nothingStored = { mailings: 0, contacts: 0, rejects: 0 };
