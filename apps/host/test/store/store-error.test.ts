import pg from 'pg';
import { expect, it, test } from 'vitest';
import { silentLogger } from '../../src/logger.ts';
import { openStore } from '../../src/store/open-store.ts';
import { isStoreUnavailable } from '../../src/store/store-error.ts';
import { createHostPlace } from '../support/host-place.ts';

const failed = (code: string) => Object.assign(new Error('refused'), { code });

it.each([
  ['its password was changed', '28P01'],
  ['pg_hba.conf lets it in no more', '28000'],
  ['the database was renamed', '3D000'],
  ['the database takes no connections', '55000'],
  ['its right to connect was taken away', '42501'],
  ['the transaction took longer than the server lets it', '25P04'],
  ['the certificate of the server has run out', 'CERT_HAS_EXPIRED'],
  [
    'another server has taken its place, whose certificate has another name',
    'ERR_TLS_CERT_ALTNAME_INVALID',
  ],
])('the store counts as away, so that a write is tried again, because %s', (_why, code) => {
  expect(isStoreUnavailable(failed(code))).toBe(true);
});

it.each([
  ['a statement that is wrong', '42601'],
  ['a text that no column takes', '22021'],
  ['a row that is there already', '23505'],
])('the store does not count as away after %s, which is a fault of the host', (_what, code) => {
  expect(isStoreUnavailable(failed(code))).toBe(false);
});

test.skipIf(process.env['DATABASE_URL'] === undefined)(
  'a database closed to all connections counts as away until it is opened again (on PostgreSQL alone: npm run test:postgres)',
  async () => {
    const { databaseUrl = '', dataDir, remove } = await createHostPlace();
    const owner = new pg.Client({ connectionString: process.env['DATABASE_URL'] });
    await owner.connect();
    const name = new URL(databaseUrl).pathname.slice(1);
    const store = await openStore({ databaseUrl, dataDir, logger: silentLogger });
    const beat = () =>
      store.db
        .insertInto('hosts')
        .values({ id: 'h', seen_at: 1 })
        .execute()
        .then(() => 'written', isStoreUnavailable);
    try {
      await owner.query(`alter database ${name} with allow_connections false`);
      await owner.query(
        'select pg_terminate_backend(pid, 5000) from pg_stat_activity where datname = $1',
        [name],
      );
      await expect.poll(beat).toBe(true);
      await owner.query(`alter database ${name} with allow_connections true`);
      await expect.poll(beat).toBe('written');
    } finally {
      await owner.end();
      await store.close();
      await remove();
    }
  },
);
