import { sql } from 'kysely';
import { deleteInChunks } from '../store/delete-in-chunks.ts';
import type { Store } from '../store/store.ts';

/** The tables of a mailing, each with the key by which it is deleted in chunks; personal data first. */
const ordered = [
  { table: 'mailing_pages', key: 'page', chunkSize: 50 },
  { table: 'mailing_contacts', key: 'position' },
  { table: 'mailing_numbers', key: 'number_key' },
  { table: 'mailing_rejects', key: 'seq' },
] as const;

/** Removes mailings: old ones, and abandoned ones. */
export function createMailingRemovals({ db }: Store, now: () => number) {
  /** Deletes a mailing and everything of it, in chunks, so that nobody else waits long. */
  async function discard(id: string, ref: number): Promise<void> {
    for (const part of ordered) await deleteInChunks(db, { ...part, of: sql`mailing = ${ref}` });
    await db.deleteFrom('mailings').where('id', '=', id).execute();
  }

  return {
    discard,

    /** Mailings whose intake has died, or whose company was deleted. */
    async abandoned(): Promise<string[]> {
      const rows = await db
        .selectFrom('mailings')
        .select('id')
        .where('state', '=', 'receiving')
        .where('lease_until', '<', now())
        .execute();
      return rows.map(({ id }) => id);
    },

    /** Removes an abandoned mailing. @returns `swept`; `lives`: its intake may only be slow; `over`: it is no longer on its way in */
    async sweep(id: string): Promise<'swept' | 'lives' | 'over'> {
      const row = await db
        .updateTable('mailings')
        .set({ fence: -1 })
        .where('id', '=', id)
        .where('state', '=', 'receiving')
        .where('lease_until', '<', now())
        .returning('ref')
        .executeTakeFirst();
      if (row) {
        await discard(id, row.ref);
        return 'swept';
      }
      const alive = await db
        .selectFrom('mailings')
        .select('id')
        .where('id', '=', id)
        .where('state', '=', 'receiving')
        .executeTakeFirst();
      return alive ? 'lives' : 'over';
    },
  };
}
