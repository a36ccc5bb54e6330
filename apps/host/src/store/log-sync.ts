import { fdatasync } from 'node:fs';
import type { Database } from 'better-sqlite3';
import { rewriteLog } from './rewrite-log.ts';

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
  let mayHaveGap = false;

  async function syncOnce(): Promise<void> {
    // The sync may miss what an open transaction has changed: that is written to the log when it is committed.
    const written = database.inTransaction ? undefined : changes.get();
    if (mayHaveGap) rewriteLog(database, logFile);
    mayHaveGap = true;
    await new Promise<void>((resolve, reject) => {
      syncFile(logFile, (error) => (error ? reject(error) : resolve()));
    });
    mayHaveGap = false;
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
