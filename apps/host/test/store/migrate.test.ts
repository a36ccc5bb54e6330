import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { expect, test } from 'vitest';
import { silentLogger } from '../../src/logger.ts';
import { openStore } from '../../src/store/open-store.ts';
import { createHostPlace } from '../support/host-place.ts';

test.skipIf(process.env['DATABASE_URL'] === undefined)(
  'a host waits for another host that is migrating the schema, however long that takes (on PostgreSQL alone: npm run test:postgres)',
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

test.skipIf(process.env['DATABASE_URL'] === undefined)(
  'a role that may only read and write is enough once the schema exists (on PostgreSQL alone, where roles have rights: npm run test:postgres)',
  async () => {
    const { databaseUrl = '', dataDir, remove } = await createHostPlace();
    const owner = new pg.Client({ connectionString: databaseUrl });
    const role = `writer_${randomBytes(6).toString('hex')}`;
    const limited = new URL(databaseUrl);
    limited.username = role;
    const open = (url: string) => openStore({ databaseUrl: url, dataDir, logger: silentLogger });
    await owner.connect();
    await owner.query(`create role ${role} login`);
    try {
      await expect(open(limited.href)).rejects.toThrow('permission denied for schema public');
      await (await open(databaseUrl)).close();
      await owner.query(
        `grant select, insert, update, delete on all tables in schema public to ${role}`,
      );
      const store = await open(limited.href);
      await store.check();
      await store.close();
    } finally {
      await owner.query(`drop owned by ${role}`);
      await owner.query(`drop role ${role}`);
      await owner.end();
      await remove();
    }
  },
);

test.skipIf(process.env['DATABASE_URL'] === undefined)(
  'a host does not start on a read-only database, and says that it is read-only (on PostgreSQL alone: npm run test:postgres)',
  async () => {
    const { databaseUrl = '', dataDir, remove } = await createHostPlace();
    const open = () => openStore({ databaseUrl, dataDir, logger: silentLogger });
    const owner = new pg.Client({ connectionString: databaseUrl });
    await owner.connect();
    try {
      await (await open()).close();
      const name = new URL(databaseUrl).pathname.slice(1);
      await owner.query(`alter database ${name} set default_transaction_read_only = on`);
      await expect(open()).rejects.toThrow('it is read-only');
    } finally {
      await owner.end();
      await remove();
    }
  },
);

test.skipIf(process.env['DATABASE_URL'] === undefined)(
  'a host does not start on a database whose encoding cannot store every text, and says how to create another (on PostgreSQL alone: npm run test:postgres)',
  async () => {
    const { databaseUrl = '', dataDir, remove } = await createHostPlace();
    const server = new pg.Client({ connectionString: process.env['DATABASE_URL'] });
    await server.connect();
    const url = new URL(databaseUrl);
    url.pathname = `${url.pathname}_latin1`;
    const name = url.pathname.slice(1);
    try {
      await server.query(
        `create database ${name} encoding 'LATIN1' lc_collate 'C' lc_ctype 'C' template template0`,
      );
      await expect(
        openStore({ databaseUrl: url.href, dataDir, logger: silentLogger }),
      ).rejects.toThrow(/its encoding is LATIN1.*createdb .*--encoding=UTF8/);
    } finally {
      await server.query(`drop database if exists ${name} with (force)`);
      await server.end();
      await remove();
    }
  },
);

test.skipIf(process.env['DATABASE_URL'] === undefined)(
  'a database whose tables have views, as for reports, is migrated (on PostgreSQL alone: npm run test:postgres)',
  async () => {
    const { databaseUrl = '', dataDir, remove } = await createHostPlace();
    const open = () => openStore({ databaseUrl, dataDir, logger: silentLogger });
    const owner = new pg.Client({ connectionString: databaseUrl });
    await owner.connect();
    try {
      await (await open()).close();
      await owner.query('create view calls_of_companies as select tenant_id from calls');
      await owner.query('alter table calls alter column tenant_id set statistics -1');
      await owner.query('alter table events alter column tenant_id set statistics -1');
      await owner.query("delete from schema_history where name = '0017-uncounted'");
      await (await open()).close();
      const { rows } = await owner.query(
        `select attrelid::regclass::text as name from pg_attribute
        where attname = 'tenant_id' and attstattarget = 0 and attrelid in ('calls'::regclass, 'events'::regclass)`,
      );
      expect(rows).toEqual([{ name: 'events' }]);
    } finally {
      await owner.end();
      await remove();
    }
  },
);
