import { once } from 'node:events';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, expect, it, onTestFinished, vi } from 'vitest';
import { silentLogger } from '../../src/logger.ts';
import { openSqliteStore } from '../../src/store/sqlite-store.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'finaz-checkpoints-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

it('a store copies its log into the database file by itself, and does not make a commit wait for that', async () => {
  const store = await openSqliteStore(folder, silentLogger);
  const file = join(folder, 'telephony.sqlite');
  try {
    if (store.native.engine !== 'sqlite') throw new Error('this is no SQLite');
    await store.native.transaction((database) => {
      database.exec('create table many (text text)');
      const insert = database.prepare('insert into many values (?)');
      for (let row = 0; row < 8000; row += 1) insert.run('x'.repeat(1000));
    });
    // The commit has left its 8 MB in the log.
    expect((await stat(file)).size).toBeLessThan(2_000_000);
    await vi.waitFor(async () => expect((await stat(file)).size).toBeGreaterThan(8_000_000), {
      timeout: 20_000,
      interval: 50,
    });
  } finally {
    await store.close();
  }
});

it('a store that is closed before its checkpoint thread has begun starts none afterwards', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
  const started = vi.fn<() => void>();
  process.on('worker', started);
  onTestFinished(() => void process.off('worker', started));
  const store = await openSqliteStore(folder, silentLogger);
  await store.close();
  vi.advanceTimersByTime(60_000);
  await nextTurn();
  expect(started).not.toHaveBeenCalled();
});

it('a closed store lets its checkpoint thread end by itself, even one still being loaded: to terminate it would end the process', async () => {
  const created = once(process, 'worker').then(([thread]: unknown[]) => thread);
  const store = await openSqliteStore(folder, silentLogger);
  const thread = await created;
  if (!(thread instanceof Worker)) throw new Error('no thread was started');
  const exited = once(thread, 'exit');
  await once(thread, 'online');
  await store.close();
  expect(await exited).toEqual([0]);
});
