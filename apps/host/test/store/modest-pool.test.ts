import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { silentLogger } from '../../src/logger.ts';
import { openStore } from '../../src/store/open-store.ts';
import { createHostPlace } from '../support/host-place.ts';

test.skipIf(process.env['DATABASE_URL'] === undefined)(
  'the work of a host waits for a connection instead of failing if the server grants only a few (on PostgreSQL alone: npm run test:postgres)',
  async () => {
    const { databaseUrl = '', dataDir, remove } = await createHostPlace();
    const owner = new pg.Client({ connectionString: databaseUrl });
    await owner.connect();
    const role = `few_${randomBytes(6).toString('hex')}`;
    await owner.query(`create role ${role} login connection limit 4`);
    await owner.query(`grant all on schema public to ${role}`);
    const url = new URL(databaseUrl);
    url.username = role;
    const store = await openStore({ databaseUrl: url.href, dataDir, logger: silentLogger });
    const { native } = store;
    try {
      // The connections with which the store was opened are closed a moment later.
      await expect.poll(() => store.check().then(() => 'answers', String)).toBe('answers');
      const rows = await Promise.all(
        Array.from({ length: 60 }, async (_, index) => {
          const one = index % 2 === 0 || native.engine === 'sqlite';
          return one
            ? (await sql<{ one: number }>`select 1 as one from pg_sleep(0.01)`.execute(store.db))
                .rows
            : (await native.pool.query<{ one: number }>('select 1 as one from pg_sleep(0.01)'))
                .rows;
        }),
      );
      expect(rows.flat()).toEqual(Array.from({ length: 60 }, () => ({ one: 1 })));
    } finally {
      await store.close();
      await owner.query(`drop owned by ${role}; drop role ${role}`);
      await owner.end();
      await remove();
    }
  },
);
