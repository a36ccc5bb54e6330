import { sql } from 'kysely';
import { expect, it, onTestFinished } from 'vitest';
import { lockQueue } from '../../src/mailings/queue-rows.ts';
import { removeTenant } from '../../src/tenants/remove-tenant.ts';
import { openOneMailing } from '../support/one-mailing.ts';

it.skipIf(process.env['DATABASE_URL'] === undefined)(
  'deleting a company while one of its mailings takes a queue ends in no deadlock (on PostgreSQL alone: npm run test:postgres)',
  async () => {
    const { store, tenant, clock, host, claim, record, close } = await openOneMailing();
    onTestFinished(close);
    const { mailings, queues } = host('first');
    const key = await claim('first');
    await queues.beginLoad(await record(), key, 'dialer');
    const isWaiting = async () => {
      const { rows } = await sql`select 1 from pg_stat_activity
        where datname = current_database() and wait_event_type = 'Lock'`.execute(store.db);
      return rows.length > 0;
    };
    let deleting: Promise<PromiseSettledResult<boolean>[]> | undefined;
    await store.db.transaction().execute(async (transaction) => {
      await lockQueue(transaction, tenant.id, '7');
      deleting = Promise.allSettled([removeTenant(store, tenant.id, clock())]);
      await expect.poll(isWaiting, { timeout: 10_000 }).toBe(true);
      await transaction
        .updateTable('mailings')
        .set({ updated_at: clock() })
        .where('id', '=', 'm-1')
        .execute();
    });
    expect(await deleting).toMatchObject([{ status: 'fulfilled' }]);
    expect(await mailings.find(tenant, 'm-1')).toBeUndefined();
  },
);
