import { randomBytes } from 'node:crypto';
import { sql } from 'kysely';
import { expect, it, onTestFinished } from 'vitest';
import { silentLogger } from '../../src/logger.ts';
import { createLedger } from '../../src/mailings/ledger/ledger.ts';
import { createMailingIntakes } from '../../src/mailings/intake/mailing-intakes.ts';
import { openStore } from '../../src/store/open-store.ts';
import { createVault } from '../../src/store/vault.ts';
import { createHostPlace } from '../support/host-place.ts';

const size = 20_000;
const moved = 100;

it.skipIf(process.env['DATABASE_URL'] === undefined)(
  'moving contacts reads only about as many rows as it moves, even before the server has statistics (on PostgreSQL alone: npm run test:postgres)',
  async () => {
    const place = await createHostPlace();
    onTestFinished(place.remove);
    const store = await openStore({ ...place, logger: silentLogger });
    onTestFinished(store.close);
    const { db } = store;
    // As in the first minutes of a large mailing, before the server has statistics.
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
    const rowsRead = async () => {
      await sql`select pg_stat_force_next_flush()`.execute(db);
      const { rows } = await sql<{ read: number }>`
        select (idx_tup_fetch + seq_tup_read)::float as read from pg_stat_user_tables where relname = 'mailing_contacts'`.execute(
        db,
      );
      return rows[0]?.read ?? 0;
    };
    const before = await rowsRead();

    const moves = Array.from({ length: moved }, (_, index) => ({
      position: size / 2 + index,
      from: 'pending' as const,
      to: 'sending' as const,
      vendor: null,
    }));
    const ledger = createLedger(store);
    expect(await ledger.move({ mailingId: 'large', ref, fence: 1 }, moves, 1)).toBe('loading');

    await expect.poll(rowsRead).toBeGreaterThanOrEqual(before + moved);
    expect(await rowsRead()).toBeLessThan(before + 10 * moved);
  },
);
