import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { sql } from 'kysely';
import { expect, it } from 'vitest';
import { silentLogger } from '../../src/logger.ts';
import { openSqliteStore } from '../../src/store/sqlite-store.ts';

it('a transaction holds the write lock from its first read on, so that it never fails because another process has just written', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'finaz-writers-'));
  const store = await openSqliteStore(dataDir, silentLogger);
  if (store.native.engine !== 'sqlite') throw new Error('this is about SQLite');
  const host = new Database(join(dataDir, 'telephony.sqlite'), { timeout: 0 });
  const write = "insert into schema_history (name, applied_at) values ('z', 1)";
  await store.db.transaction().execute(async (transaction) => {
    await sql`select name from schema_history`.execute(transaction);
    // The host waits for the command, and not the other way round.
    expect(() => host.exec(write)).toThrow('database is locked');
    await sql`update schema_history set applied_at = 2`.execute(transaction);
  });
  host.exec(write);
  // And the command waits for the host.
  await store.native.transaction((database) => {
    database.prepare('select name from schema_history').all();
    expect(() => host.exec("delete from schema_history where name = 'z'")).toThrow('locked');
    database.exec("update schema_history set applied_at = 3 where name = 'z'");
  });
  host.close();
  await store.close();
  await rm(dataDir, { recursive: true, force: true });
});
