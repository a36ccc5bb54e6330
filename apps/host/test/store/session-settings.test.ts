import { sql } from 'kysely';
import pg from 'pg';
import { expect, test } from 'vitest';
import { silentLogger } from '../../src/logger.ts';
import { openStore } from '../../src/store/open-store.ts';
import { createHostPlace } from '../support/host-place.ts';

test.skipIf(process.env['DATABASE_URL'] === undefined)(
  'a host overrides the settings of its database, so that two hosts counting in one row wait for each other (on PostgreSQL alone: npm run test:postgres)',
  async () => {
    const { databaseUrl = '', dataDir, remove } = await createHostPlace();
    const owner = new pg.Client({ connectionString: databaseUrl });
    await owner.connect();
    const name = new URL(databaseUrl).pathname.slice(1);
    await owner.query(`alter database ${name} set default_transaction_isolation = 'serializable'`);
    await owner.query(`alter database ${name} set lock_timeout = 100`);
    await owner.query(`alter database ${name} set synchronous_commit = 'off'`);
    await owner.query(`alter database ${name} set idle_session_timeout = 60000`);
    await owner.query(`alter database ${name} set array_nulls = off`);
    const store = await openStore({ databaseUrl, dataDir, logger: silentLogger });
    const count = () =>
      store.db
        .insertInto('event_counters')
        .values({ tenant_id: '1042', last: 1 })
        .onConflict((conflict) =>
          conflict
            .column('tenant_id')
            .doUpdateSet((row) => ({ last: row('event_counters.last', '+', 1) })),
        )
        .execute();
    const setting = async (key: string) =>
      (await sql<{ value: string }>`select current_setting(${key}) as value`.execute(store.db))
        .rows[0]?.value;
    const waiting = async () =>
      (
        await owner.query(
          "select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'",
        )
      ).rowCount;
    try {
      expect(await setting('synchronous_commit')).toBe('on');
      expect(await setting('statement_timeout')).toBe('30s');
      expect(await setting('idle_in_transaction_session_timeout')).toBe('10s');
      expect(await setting('idle_session_timeout')).toBe('0');
      expect(await setting('array_nulls')).toBe('on');
      await count();
      await owner.query('begin');
      await owner.query('update event_counters set last = last + 1');
      const counted = count();
      await expect.poll(waiting).toBe(1);
      await owner.query('select pg_sleep(0.3)');
      await owner.query('commit');
      await counted;
      expect(await store.db.selectFrom('event_counters').select('last').execute()).toEqual([
        { last: 3 },
      ]);
    } finally {
      await owner.end();
      await store.close();
      await remove();
    }
  },
);
