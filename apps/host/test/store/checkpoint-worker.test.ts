import { EventEmitter } from 'node:events';
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

it('brings no log into the database that may have a gap: with that, old pages would come over new ones after a power failure', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'finaz-checkpoint-worker-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  thread.file = join(folder, 'log.sqlite');
  thread.parent = new EventEmitter();
  const host = new Database(thread.file);
  host.pragma('journal_mode = WAL');
  host.exec('create table rows (id integer)');
  const failures = ['SQLITE_FULL', 'SQLITE_IOERR_FSYNC'];
  vi.spyOn(Database.prototype, 'pragma').mockImplementation(() => {
    const failure = failures.shift();
    done.push(failure ?? 'copied');
    if (failure !== undefined) throw new Database.SqliteError('disk I/O error', failure);
  });
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());

  await import('../../src/store/checkpoint-worker.ts');
  for (let turn = 1; turn <= 4; turn += 1) vi.advanceTimersToNextTimer();
  // What was there at the start may be from a process that died after a failed sync.
  expect(done.splice(0)).toEqual([
    'rewritten',
    'SQLITE_FULL',
    'SQLITE_IOERR_FSYNC',
    'rewritten',
    'copied',
    'copied',
  ]);
  thread.parent.emit('message', 'end');
  expect(vi.getTimerCount()).toBe(0);
  host.close();
});
