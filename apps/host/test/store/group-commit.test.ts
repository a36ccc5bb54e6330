import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createGroupCommit, type GroupCommit } from '../../src/store/group-commit.ts';

describe('work that is committed together', () => {
  let folder: string;
  let database: Database.Database;
  let syncs: number;
  let sync: () => Promise<void>;
  let group: GroupCommit;
  const insert = (id: number) => (db: Database.Database) =>
    db.prepare('insert into rows (id) values (?)').run(id);
  const stored = () => database.prepare('select id from rows order by id').pluck().all();

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'finaz-group-'));
    database = new Database(join(folder, 'test.sqlite'));
    database.exec('create table rows (id integer primary key) strict');
    syncs = 0;
    sync = async () => {
      syncs += 1;
    };
    group = createGroupCommit({
      database,
      exclusively: async (run) => run(),
      sync: () => sync(),
    });
  });
  afterEach(async () => {
    database.close();
    await rm(folder, { recursive: true, force: true });
  });

  it('is synced to the disk once', async () => {
    await Promise.all([1, 2, 3].map((id) => group.transaction(insert(id))));
    expect(stored()).toEqual([1, 2, 3]);
    expect(syncs).toBe(1);
  });

  it('succeeds or fails one by one: what fails leaves nothing behind, and the rest is stored', async () => {
    const results = await Promise.allSettled([
      group.transaction(insert(1)),
      group.transaction((db) => {
        insert(2)(db);
        insert(1)(db);
      }),
      group.transaction(insert(3)),
    ]);
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(stored()).toEqual([1, 3]);
  });

  it('is acknowledged only once it is on the disk, unlike a note, which does not wait for the disk', async () => {
    const disk = Promise.withResolvers<void>();
    sync = () => disk.promise;
    const order: string[] = [];
    const note = group.note(insert(1)).then(() => order.push('note'));
    const transaction = group.transaction(insert(2)).then(() => order.push('transaction'));
    await note;
    expect(order).toEqual(['note']);
    disk.resolve();
    await transaction;
    expect(order).toEqual(['note', 'transaction']);
  });

  it('is not acknowledged if the sync fails, and the next commit works again', async () => {
    sync = () => Promise.reject(new Error('the disk is full'));
    await expect(group.transaction(insert(1))).rejects.toThrow('the disk is full');
    sync = async () => undefined;
    await group.transaction(insert(2));
    expect(stored()).toContain(2);
  });
});

it('work that waits for a group commit fails if the store is closed', async () => {
  const database = new Database(':memory:');
  const { transaction } = createGroupCommit({
    database,
    exclusively: () => Promise.reject(new Error('the store is closed')),
    sync: () => Promise.resolve(),
  });
  await expect(transaction(() => 1)).rejects.toThrow('the store is closed');
  database.close();
});
