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

/** What the database file has without its log, as after a power failure once the log is being used anew. */
function idsIn(file: string): unknown[] {
  const copy = `${file}-copy`;
  copyFileSync(file, copy);
  const alone = new Database(copy);
  onTestFinished(() => void alone.close());
  return alone.prepare('select id from rows').pluck().all();
}

it('the checkpoint worker rewrites the log at its start and after a failed sync, before it copies the log into the database again', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'finaz-checkpoint-worker-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  thread.file = join(folder, 'log.sqlite');
  thread.parent = new EventEmitter();
  const host = new Database(thread.file);
  host.pragma('journal_mode = WAL');
  host.exec('create table rows (id integer primary key); insert into rows values (1)');
  let onDisk = readFileSync(thread.file);

  const failures = ['SQLITE_FULL', 'SQLITE_IOERR_FSYNC'];
  vi.spyOn(Database.prototype, 'pragma').mockImplementation(function run(this: Database.Database) {
    const failure = failures.shift();
    done.push(failure ?? 'copied');
    if (failure !== 'SQLITE_FULL') this.prepare('pragma wal_checkpoint(passive)').all();
    // Nothing that was copied has reached the disk.
    if (failure === 'SQLITE_IOERR_FSYNC') writeFileSync(thread.file, onDisk);
    if (failure !== undefined) throw new Database.SqliteError('disk I/O error', failure);
  });
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  await import('../../src/store/checkpoint-worker.ts');
  for (let turn = 1; turn <= 4; turn += 1) vi.advanceTimersToNextTimer();
  // The log at the start may be from a process that ended after a failed sync.
  expect(done.splice(0)).toEqual([
    'rewritten',
    'SQLITE_FULL',
    'SQLITE_IOERR_FSYNC',
    'rewritten',
    'copied',
    'copied',
  ]);
  expect(idsIn(thread.file)).toEqual([1]);

  // SQLite's own checkpoint, as the database is closed, would regard as copied what this worker could not sync.
  onDisk = readFileSync(thread.file);
  host.exec('insert into rows values (2)');
  host.close();
  failures.push('SQLITE_IOERR_FSYNC');
  thread.parent.emit('message', 'end');
  expect(done).toEqual(['SQLITE_IOERR_FSYNC']);
  expect(idsIn(thread.file)).toEqual([1, 2]);
  expect(vi.getTimerCount()).toBe(0);
});
