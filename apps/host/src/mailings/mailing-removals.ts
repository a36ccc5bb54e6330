import { sql } from 'kysely';
import { deleteInChunks } from '../store/delete-in-chunks.ts';
import type { Store } from '../store/store.ts';

/** What a mailing consists of, each with the key by which it is taken away in chunks. What is personal first. */
const ordered = [
  { table: 'mailing_pages', key: 'page', chunkSize: 50 },
  { table: 'mailing_contacts', key: 'position' },
  { table: 'mailing_numbers', key: 'number_key' },
  { table: 'mailing_rejects', key: 'seq' },
] as const;

/** How mailings are taken away: old ones, and those of which nobody will hear again. */
export function createMailingRemovals({ db }: Store, now: () => number) {
  /** Takes away a mailing with everything of it, in chunks: nobody else should wait for it. */
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

    /** Takes away such a mailing. @returns what it was: one that is only slow may `live` still, or be `over` by now */
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
