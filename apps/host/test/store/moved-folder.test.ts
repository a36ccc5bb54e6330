import { mkdtemp, rename, rm } from 'node:fs/promises';
import { copyFileSync, renameSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
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

describe.skipIf(process.platform === 'win32')('a folder that is taken away', () => {
  let store: Store;
  beforeEach(async () => {
    store = await openSqliteStore(folder);
  });
  afterEach(() => store.close());

  /** How a write ends that is acknowledged, by each of the two ways in. */
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

  it('has nothing acknowledged, and all again once it is back', async () => {
    expect(await written('before')).toEqual(acknowledged);
    await rename(folder, `${folder}-away`);
    expect(await written('meanwhile')).toEqual(unavailable);
    await expect(store.check()).rejects.toThrow(/was deleted, moved or replaced.*put it back/);
    await rename(`${folder}-away`, folder);
    expect(await written('after')).toEqual(acknowledged);
    await store.check();
  });

  it('has nothing acknowledged where it was deleted', async () => {
    await rm(folder, { recursive: true });
    expect(await written('after')).toEqual(unavailable);
  });

  it('has nothing acknowledged where a backup was put in its place', async () => {
    const file = join(folder, 'telephony.sqlite');
    copyFileSync(file, `${file}-backup`);
    renameSync(`${file}-backup`, file);
    expect(await written('after')).toEqual(unavailable);
  });
});
