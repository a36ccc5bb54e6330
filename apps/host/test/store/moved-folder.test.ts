import { mkdtemp, rename, rm } from 'node:fs/promises';
import { copyFileSync, renameSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { silentLogger } from '../../src/logger.ts';
import { openSqliteStore } from '../../src/store/sqlite-store.ts';
import { isStoreUnavailable } from '../../src/store/store-error.ts';
import type { Store } from '../../src/store/store.ts';

let above: string;
let folder: string;
beforeEach(async () => {
  above = await mkdtemp(join(tmpdir(), 'finaz-moved-'));
  folder = join(above, 'data');
});
afterEach(() => rm(above, { recursive: true, force: true }));

describe.skipIf(process.platform === 'win32')('a store whose folder is taken away', () => {
  let store: Store;
  beforeEach(async () => {
    store = await openSqliteStore(folder, silentLogger);
  });
  afterEach(() => store.close());

  /** How a write ends, by each of the two ways into the store. */
  const written = async (id: string): Promise<readonly string[]> => {
    const { native, db } = store;
    if (native.engine !== 'sqlite') throw new Error('this is no SQLite');
    const row = (way: string) => ({ id: `${id} ${way}`, seen_at: 1 });
    const writes = [
      db.insertInto('hosts').values(row('a')).execute(),
      native.transaction((database) =>
        database.prepare('insert into hosts (id, seen_at) values (:id, :seen_at)').run(row('b')),
      ),
    ];
    const ends = await Promise.allSettled(writes);
    return ends.map((end) => {
      if (end.status === 'fulfilled') return 'acknowledged';
      return isStoreUnavailable(end.reason) ? 'unavailable' : String(end.reason);
    });
  };
  const acknowledged = ['acknowledged', 'acknowledged'];
  const unavailable = ['unavailable', 'unavailable'];

  it('acknowledges no write while the folder is away, and every write once the folder is back', async () => {
    expect(await written('before')).toEqual(acknowledged);
    await rename(folder, `${folder}-away`);
    expect(await written('meanwhile')).toEqual(unavailable);
    await expect(store.check()).rejects.toThrow(/was deleted, moved or replaced.*put it back/);
    await rename(`${folder}-away`, folder);
    expect(await written('after')).toEqual(acknowledged);
    await store.check();
  });

  it('acknowledges no write if the folder was deleted', async () => {
    await rm(folder, { recursive: true });
    expect(await written('after')).toEqual(unavailable);
  });

  it('acknowledges no write if a backup has replaced the database file', async () => {
    const file = join(folder, 'telephony.sqlite');
    copyFileSync(file, `${file}-backup`);
    renameSync(`${file}-backup`, file);
    expect(await written('after')).toEqual(unavailable);
  });
});
