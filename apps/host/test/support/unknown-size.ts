import { randomBytes } from 'node:crypto';
import { sql, type Kysely } from 'kysely';
import { expect, onTestFinished } from 'vitest';
import { silentLogger } from '../../src/logger.ts';
import { createMailingIntakes } from '../../src/mailings/intake/mailing-intakes.ts';
import { openStore } from '../../src/store/open-store.ts';
import type { Schema } from '../../src/store/schema.ts';
import { createVault } from '../../src/store/vault.ts';
import { createHostPlace } from './host-place.ts';

/**
 * A loading mailing of so many pending contacts, `c-1` and so on, on a PostgreSQL that does not know how many they
 * are, as in the first minutes of a large mailing.
 */
export async function mailingOfUnknownSize(size: number) {
  const place = await createHostPlace();
  onTestFinished(place.remove);
  const store = await openStore({ ...place, logger: silentLogger });
  onTestFinished(store.close);
  const { db } = store;
  await sql`alter table mailing_contacts set (autovacuum_enabled = false)`.execute(db);
  const masterKeys = [{ id: 'test', key: randomBytes(32) }] as const;
  const tenant = { id: '1042', cipher: await createVault(store, masterKeys).cipher('1042') };
  const intakes = createMailingIntakes(store, 'this', () => 1);
  const ref = await intakes.create(tenant, { id: 'large', queue: '7', parameters: {} });
  await db.updateTable('mailings').set({ pending: size, state: 'loading', fence: 1 }).execute();
  await sql`insert into mailing_contacts (mailing, position, contact_id, state, sealed, updated_at)
    select ${ref}, n, 'c-' || n, 'pending', '', 0 from generate_series(1, ${size}::int) as n`.execute(
    db,
  );
  return { store, ref };
}

/** Asserts that some work reads at least so many rows of the contacts' table, and at most ten times as many. */
export async function expectRowsRead(
  db: Kysely<Schema>,
  rows: number,
  work: () => Promise<unknown>,
): Promise<void> {
  const before = await rowsRead(db);
  await work();
  await expect.poll(() => rowsRead(db)).toBeGreaterThanOrEqual(before + rows);
  expect(await rowsRead(db)).toBeLessThanOrEqual(before + 10 * rows);
}

async function rowsRead(db: Kysely<Schema>): Promise<number> {
  await sql`select pg_stat_force_next_flush()`.execute(db);
  const { rows } = await sql<{ read: number }>`
    select (idx_tup_fetch + seq_tup_read)::float as read from pg_stat_user_tables where relname = 'mailing_contacts'`.execute(
    db,
  );
  return rows[0]?.read ?? 0;
}
