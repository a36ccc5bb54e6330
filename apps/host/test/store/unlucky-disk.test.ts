import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { Kysely, sql } from 'kysely';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { DurableSqliteDialect } from '../../src/store/durable-sqlite-dialect.ts';
import { createLogSync } from '../../src/store/log-sync.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'finaz-disk-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

it('gives the connection to the next one where a sync has failed', async () => {
  const answers = [Promise.reject(new Error('EIO')), Promise.resolve()];
  const dialect = new DurableSqliteDialect({ database: new Database(':memory:') }, async () =>
    answers.shift(),
  );
  const db = new Kysely<object>({ dialect });
  const ends = await Promise.allSettled([
    sql`create table one (text text)`.execute(db),
    sql`create table two (text text)`.execute(db),
  ]);
  expect(ends.map(({ status }) => status)).toEqual(['rejected', 'fulfilled']);
  await db.destroy();
});

it('does not take for written what the system could not write: it goes into the database before anything is acknowledged again', async () => {
  const file = join(folder, 'log.sqlite');
  const database = new Database(file);
  database.pragma('journal_mode = WAL');
  database.exec('create table rows (text text)');
  database.pragma('wal_checkpoint(TRUNCATE)');
  const size = async () => (await stat(file)).size;
  const before = await size();
  const answers = [new Error('EIO'), null];
  const log = createLogSync({
    database,
    logFile: 0,
    checkPlace: () => undefined,
    syncFile: (_, done) => setImmediate(done, answers.shift() ?? null),
  });
  database.prepare('insert into rows values (?)').run('x'.repeat(20_000));
  await expect(log.sync()).rejects.toThrow('EIO');
  expect(await size()).toBe(before);
  await log.sync();
  expect(await size()).toBeGreaterThan(before);
  database.close();
});
