import { EventEmitter } from 'node:events';
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { expect, it, onTestFinished, vi } from 'vitest';

const thread = vi.hoisted(() => ({ file: '', parent: undefined as EventEmitter | undefined }));
vi.mock('node:worker_threads', () => ({
  get workerData() {
    return thread.file;
  },
  get parentPort() {
    return thread.parent;
  },
}));
const done: string[] = [];
vi.mock('../../src/store/rewrite-log.ts', () => ({ rewriteLog: () => done.push('rewritten') }));

it('closes a gap in the log before it is brought into the database again, from its start, where a sync has failed', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'finaz-checkpoint-worker-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  thread.file = join(folder, 'log.sqlite');
  thread.parent = new EventEmitter();
  const host = new Database(thread.file);
  host.pragma('journal_mode = WAL');
  host.exec('create table rows (id integer primary key); insert into rows values (1)');
  const before = readFileSync(thread.file);

  const failures = ['SQLITE_FULL', 'SQLITE_IOERR_FSYNC'];
  vi.spyOn(Database.prototype, 'pragma').mockImplementation(function run(this: Database.Database) {
    const failure = failures.shift();
    done.push(failure ?? 'copied');
    if (failure !== 'SQLITE_FULL') this.prepare('pragma wal_checkpoint(passive)').all();
    // Nothing of what was copied has reached the disk.
    if (failure === 'SQLITE_IOERR_FSYNC') writeFileSync(thread.file, before);
    if (failure !== undefined) throw new Database.SqliteError('disk I/O error', failure);
  });
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  await import('../../src/store/checkpoint-worker.ts');
  for (let turn = 1; turn <= 4; turn += 1) vi.advanceTimersToNextTimer();
  expect(done).toEqual(['SQLITE_FULL', 'SQLITE_IOERR_FSYNC', 'rewritten', 'copied', 'copied']);

  const copy = join(folder, 'copy.sqlite');
  copyFileSync(thread.file, copy);
  const alone = new Database(copy);
  expect(alone.prepare('select id from rows').pluck().all()).toEqual([1]);
  alone.close();
  thread.parent.emit('message', 'end');
  expect(vi.getTimerCount()).toBe(0);
  host.close();
});
