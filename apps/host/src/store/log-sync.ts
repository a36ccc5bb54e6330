import { fdatasync } from 'node:fs';
import type { Database } from 'better-sqlite3';
import * as v from 'valibot';
import { StoreError } from './store-error.ts';

/** Brings the write-ahead log of SQLite to the disk, in the thread pool: the thread that serves requests does not stand still meanwhile. */
export interface LogSync {
  /** Resolves once everything committed before this call is on the disk. Calls that come together share one sync. */
  readonly sync: () => Promise<void>;
}

export interface LogSyncOptions {
  readonly database: Database;
  readonly logFile: number;
  /** @throws {Error} where the log is no longer the one that the next start would read */
  readonly checkPlace: () => void;
  readonly syncFile?: (file: number, done: (error: Error | null) => void) => void;
}

export function createLogSync({
  database,
  logFile,
  checkPlace,
  syncFile = fdatasync,
}: LogSyncOptions): LogSync {
  const changes = database.prepare<[], number>('select total_changes()').pluck();
  let synced = changes.get();
  let running: Promise<void> | undefined;
  let queued: Promise<void> | undefined;
  let hasFailed = false;

  async function syncOnce(): Promise<void> {
    const written = changes.get();
    try {
      if (hasFailed) copyLog(database);
      await new Promise<void>((resolve, reject) => {
        syncFile(logFile, (error) => (error ? reject(error) : resolve()));
      });
      hasFailed = false;
    } catch (error) {
      hasFailed = true;
      throw error;
    }
    checkPlace();
    synced = written;
  }

  function start(): Promise<void> {
    queued = undefined;
    running = syncOnce().finally(() => {
      running = undefined;
    });
    return running;
  }

  return {
    sync() {
      if (changes.get() === synced) return Promise.resolve();
      if (!running) return start();
      // The one that runs may have begun before this caller's commit; the next one has not.
      queued ??= running.then(start, start);
      return queued;
    },
  };
}

const CheckpointSchema = v.tuple([
  v.object({ busy: v.number(), log: v.number(), checkpointed: v.number() }),
]);

/**
 * Brings all of the log into the file of the database, and that to the disk. It is needed after a sync has failed: the system tells only once that it
 * could not write something, and takes it for written from then on. The next sync would succeed, and after a loss of power SQLite would read the log up
 * to the gap, and nothing that was acknowledged behind it.
 *
 * @throws {Error} where that cannot be done now
 */
function copyLog(database: Database): void {
  const [{ busy, log, checkpointed }] = v.parse(
    CheckpointSchema,
    database.pragma('wal_checkpoint(PASSIVE)'),
  );
  if (busy === 0 && checkpointed === log) return;
  throw new StoreError(
    'SQLITE_BUSY',
    'the log could not be brought into the database while others read it',
  );
}
