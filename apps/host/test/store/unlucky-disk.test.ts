import type * as Fs from 'node:fs';
import { closeSync, openSync } from 'node:fs';
import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { Kysely, sql } from 'kysely';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { DurableSqliteDialect } from '../../src/store/durable-sqlite-dialect.ts';
import { createLogSync } from '../../src/store/log-sync.ts';

/** What was written to the log without SQLite: from, to. */
const rewritten: (readonly [from: number, to: number])[] = [];
vi.mock('node:fs', async (original) => {
  const fs = await original<typeof Fs>();
  return {
    ...fs,
    writeSync(file: number, bytes: Buffer, offset: number, length: number, at: number) {
      // In several parts, as a system may write it.
      const written = fs.writeSync(file, bytes, offset, Math.min(length, 3000), at);
      rewritten.push([at, at + written]);
      return written;
    },
  };
});

let folder: string;
beforeEach(async () => {
  rewritten.length = 0;
  folder = await mkdtemp(join(tmpdir(), 'finaz-disk-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

it('a statement after a failed sync gets the connection, and succeeds', async () => {
  const failures = [new Error('EIO')];
  const dialect = new DurableSqliteDialect({ database: new Database(':memory:') }, async () => {
    const failure = failures.shift();
    if (failure) throw failure;
  });
  const db = new Kysely<object>({ dialect });
  const ends = await Promise.allSettled([
    sql`create table one (text text)`.execute(db),
    sql`create table two (text text)`.execute(db),
  ]);
  expect(ends.map(({ status }) => status)).toEqual(['rejected', 'fulfilled']);
  await db.destroy();
});

/** A log whose syncs end as given; `insert` adds a row and returns where in the log the row is. */
async function openLog(syncs: readonly (Error | null)[]) {
  const file = join(folder, 'log.sqlite');
  const database = new Database(file);
  database.pragma('journal_mode = WAL');
  database.pragma('synchronous = NORMAL');
  database.exec('create table rows (id integer primary key)');
  database.pragma('wal_checkpoint(TRUNCATE)');
  const logFile = openSync(`${file}-wal`, 'r+');
  const answers = [...syncs];
  const log = createLogSync({
    database,
    logFile,
    checkPlace: () => undefined,
    syncFile: (_, done) => setImmediate(done, answers.shift() ?? null),
  });
  const size = async () => (await readFile(`${file}-wal`)).length;
  return {
    file,
    database,
    log,
    insert: async (id: number) => {
      const from = await size();
      database.prepare('insert into rows values (?)').run(id);
      return [from, await size()] as const;
    },
    close: () => {
      database.close();
      closeSync(logFile);
    },
  };
}

it('rows whose sync failed are written to the log again before a later row is acknowledged, and survive a power failure', async () => {
  const { file, database, log, insert, close } = await openLog([null, new Error('EIO')]);
  await insert(1);
  await log.sync();
  const [lostFrom, lostTo] = await insert(2);
  await expect(log.sync()).rejects.toThrow('EIO');
  await insert(3);
  await log.sync();

  // The power fails. Of what the failed sync was to write, the disk has only what was written again.
  const onDisk = await readFile(`${file}-wal`);
  const whole = Buffer.from(onDisk);
  onDisk.fill(0, lostFrom, lostTo);
  for (const [from, to] of rewritten) whole.copy(onDisk, from, from, to);
  const after = join(folder, 'after.sqlite');
  await copyFile(file, after);
  await writeFile(`${after}-wal`, onDisk);
  const next = new Database(after);
  expect(next.prepare('select id from rows').pluck().all()).toEqual([1, 2, 3]);
  next.close();

  // The log is whole again, and left alone.
  rewritten.length = 0;
  await insert(4);
  await log.sync();
  expect(rewritten).toEqual([]);
  expect(database.prepare('select count(*) from rows').pluck().get()).toBe(4);
  close();
});
