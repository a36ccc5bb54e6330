import { sql } from 'kysely';
import { expect, it, onTestFinished } from 'vitest';
import { ClickedElsewhere, createCallTurns } from '../../src/calls/call-turns.ts';
import { newCall } from '../support/new-call.ts';
import { openResults } from '../support/open-results.ts';
import { recordsOf } from '../support/records.ts';

it.skipIf(process.env['DATABASE_URL'] === undefined)(
  'a click does not join a call from before the clock was set back by an hour (on PostgreSQL alone: npm run test:postgres)',
  async () => {
    const { store, tenant, close } = await openResults();
    onTestFinished(close);
    let now = 1_764_000_000_000;
    const { calls } = recordsOf(store, 'host', () => now);
    const turns = createCallTurns(store, () => now);
    const counted = { ...tenant, rules: { doubleClickMs: 2000 } };
    const wish = { feature: 'click2call', extension: '1001', among: 'the same' } as const;
    const click = (attemptId: string) =>
      turns.take(counted, wish, (turn) => calls.begin(newCall(tenant, { attemptId, turn })));
    await click('first');
    const ended = { state: 'accepted', callId: 'id-1', errorCode: null } as const;
    await calls.finish({ attemptId: 'first', tenant, ...ended });
    // Within the time by which clocks of hosts may differ.
    now -= 5000;
    await expect(click('again')).rejects.toThrow(ClickedElsewhere);
    now -= 3_600_000;
    await click('later');
    expect(await calls.byAttempt(tenant, 'later')).toMatchObject({ state: 'sending' });
  },
);

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
