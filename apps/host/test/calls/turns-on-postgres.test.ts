import { sql } from 'kysely';
import { expect, it, onTestFinished } from 'vitest';
import { createCallTurns } from '../../src/calls/call-turns.ts';
import { openResults } from '../support/open-results.ts';

it.skipIf(process.env['DATABASE_URL'] === undefined)(
  'the last turn is found by its index, however many calls a company has (on PostgreSQL alone: npm run test:postgres)',
  async () => {
    const { store, tenant, close } = await openResults();
    onTestFinished(close);
    const { db } = store;
    await sql`insert into calls (id, tenant_id, feature, connection, state, queue, extension, sealed, host_id, turn, turn_hash, created_at, updated_at)
      select 'a-' || n, ${tenant.id}, 'click2call', 'dialer', 'accepted', '7', '1001', '', 'this', 1, 'h-' || n, 0, 0 from generate_series(1, 20000) as n`.execute(
      db,
    );
    await sql`analyze calls`.execute(db);
    const looks = async () => {
      const { rows } = await sql<{ looks: number }>`
        select idx_scan::float as looks from pg_stat_user_indexes where indexrelname = 'calls_by_turn'`.execute(
        db,
      );
      return rows[0]?.looks;
    };
    expect(await looks()).toBe(0);
    const counted = { ...tenant, rules: { doubleClickMs: 2000 } };
    const wish = { feature: 'transfer', extension: '1001', among: 'the same' } as const;
    await createCallTurns(store, Date.now).take(counted, wish, async () => true);
    await expect.poll(looks, { timeout: 5000 }).toBe(1);
  },
);
