import { fdatasync } from 'node:fs';
import type { Database } from 'better-sqlite3';
import * as v from 'valibot';
import { StoreError } from './store-error.ts';

/** Syncs SQLite's write-ahead log to disk, in the thread pool: the serving thread is not blocked in the meantime. */
export interface LogSync {
  /** Resolves once everything committed before this call is on disk. Concurrent calls share one sync. */
  readonly sync: () => Promise<void>;
}

export interface LogSyncOptions {
  readonly database: Database;
  readonly logFile: number;
  /** @throws {Error} if the log is no longer the one that the next start would read */
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
      // The running sync may have begun before this caller's commit; the next one will not.
      queued ??= running.then(start, start);
      return queued;
    },
  };
}

const CheckpointSchema = v.tuple([
  v.object({ busy: v.number(), log: v.number(), checkpointed: v.number() }),
]);

/**
 * Copies the whole log into the database file, and syncs that. It is needed after a failed sync: the system reports only once that it
 * could not write something, and considers it written from then on. The next sync would succeed, and after a power failure SQLite would read the log up
 * to the gap, and nothing that was acknowledged after it.
 *
 * @throws {Error} if that is not possible now
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
