import { randomBytes } from 'node:crypto';
import { sql, type Kysely } from 'kysely';
import { expect, onTestFinished } from 'vitest';
import { silentLogger } from '../../src/logger.ts';
import { createMailingIntakes } from '../../src/mailings/intake/mailing-intakes.ts';
import { openStore } from '../../src/store/open-store.ts';
import type { Schema } from '../../src/store/schema.ts';
import { createVault } from '../../src/store/vault.ts';
import { createHostPlace } from './host-place.ts';

/** A database whose tables are not analysed by themselves, so that the server does not know how large they are. */
export async function storeOfUnknownSize() {
  const place = await createHostPlace();
  onTestFinished(place.remove);
  const store = await openStore({ ...place, logger: silentLogger });
  onTestFinished(store.close);
  const { rows } = await sql<{ name: keyof Schema }>`
    select relname as name from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace`.execute(
    store.db,
  );
  for (const { name } of rows)
    await sql`alter table ${sql.table(name)} set (autovacuum_enabled = false)`.execute(store.db);
  return store;
}

const longId = 200;

/** Long, so that the index of the ids is deeper than the primary key, as it is with millions of shorter ones. */
export const contactIdOf = (position: number): string => `c-${position}`.padEnd(longId, '-');

/**
 * A loading mailing of so many pending contacts, each with one number, on a PostgreSQL that does not know how many they are, as in the first
 * minutes of a large mailing.
 *
 * @param earlier the size of a mailing that the server has counted before
 */
export async function mailingOfUnknownSize(size: number, { earlier = 0 } = {}) {
  const store = await storeOfUnknownSize();
  const { db } = store;
  const masterKeys = [{ id: 'test', key: randomBytes(32) }] as const;
  const tenant = { id: '1042', cipher: await createVault(store, masterKeys).cipher('1042') };
  const intakes = createMailingIntakes(store, 'this', () => 1);
  const create = async (id: string, contacts: number) => {
    const ref = await intakes.create(tenant, { id, queue: '7', parameters: {} });
    await sql`insert into mailing_contacts (mailing, position, contact_id, state, sealed, updated_at)
      select ${ref}, n, rpad('c-' || n, ${longId}, '-'), 'pending', '', 0 from generate_series(1, ${contacts}::int) as n`.execute(
      db,
    );
    await sql`insert into mailing_numbers (mailing, number_key, position)
      select ${ref}, n, n from generate_series(1, ${contacts}::int) as n`.execute(db);
    return ref;
  };
  if (earlier > 0) {
    await create('earlier', earlier);
    await sql`analyze`.execute(db);
  }
  const ref = await create('large', size);
  await db
    .updateTable('mailings')
    .set({ pending: size, state: 'loading', fence: 1 })
    .where('ref', '=', ref)
    .execute();
  return { store, ref };
}

/** Asserts that some work reads at least so many rows of a table, and at most ten times as many. */
export async function expectRowsRead(
  db: Kysely<Schema>,
  rows: number,
  work: () => Promise<unknown>,
  table: keyof Schema = 'mailing_contacts',
): Promise<void> {
  const before = await rowsRead(db, table);
  await work();
  await expect.poll(() => rowsRead(db, table)).toBeGreaterThanOrEqual(before + rows);
  expect((await rowsRead(db, table)) - before).toBeLessThanOrEqual(10 * rows);
}

async function rowsRead(db: Kysely<Schema>, table: keyof Schema): Promise<number> {
  await sql`select pg_stat_force_next_flush()`.execute(db);
  const { rows } = await sql<{ read: number }>`
    select (idx_tup_fetch + seq_tup_read)::float as read from pg_stat_user_tables where relname = ${table}`.execute(
    db,
  );
  return rows[0]?.read ?? 0;
}
