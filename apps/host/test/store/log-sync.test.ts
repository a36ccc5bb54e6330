import { closeSync, openSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { expect, it, onTestFinished } from 'vitest';
import { createLogSync } from '../../src/store/log-sync.ts';

it('the log is synced again for a transaction that was open during the last sync, which may have missed its commit', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'finaz-log-sync-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const file = join(folder, 'log.sqlite');
  const database = new Database(file);
  database.pragma('journal_mode = WAL');
  database.exec('create table rows (id integer primary key)');
  const logFile = openSync(`${file}-wal`, 'r+');
  let syncs = 0;
  const log = createLogSync({
    database,
    logFile,
    checkPlace: () => undefined,
    syncFile(_, done) {
      syncs += 1;
      setImmediate(done, null);
    },
  });
  database.exec('insert into rows values (1)');
  database.exec('begin immediate; insert into rows values (2)');
  await log.sync();
  database.exec('commit');
  await log.sync();
  expect(syncs).toBe(2);
  await log.sync();
  expect(syncs).toBe(2);
  database.close();
  closeSync(logFile);
});
