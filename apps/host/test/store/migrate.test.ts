import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { expect, test } from 'vitest';
import { silentLogger } from '../../src/logger.ts';
import { openStore } from '../../src/store/open-store.ts';
import { createHostPlace } from '../support/host-place.ts';

test.skipIf(process.env['DATABASE_URL'] === undefined)(
  'a host waits for one that brings the schema up to date, however long that takes (on PostgreSQL alone, where hosts share a database: npm run test:postgres)',
  async () => {
    const { databaseUrl = '', dataDir, remove } = await createHostPlace();
    const other = new pg.Client({ connectionString: databaseUrl });
    await other.connect();
    await other.query('select pg_advisory_lock(7318204551)');
    const longestMs = 200;
    await other.query(
      `alter database ${new URL(databaseUrl).pathname.slice(1)} set lock_timeout = ${longestMs}`,
    );
    const impatient = `${databaseUrl}?statement_timeout=${longestMs}`;
    const opening = openStore({ databaseUrl: impatient, dataDir, logger: silentLogger });
    try {
      expect(
        await Promise.race([opening.then(String, String), pause(3 * longestMs)]),
      ).toBeUndefined();
      await other.query('select pg_advisory_unlock(7318204551)');
      await (await opening).close();
    } finally {
      await other.end();
      await remove();
    }
  },
);
