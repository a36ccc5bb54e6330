import { fdatasync } from 'node:fs';
import type { Database } from 'better-sqlite3';

/** Brings the write-ahead log of SQLite to the disk, in the thread pool: the thread that serves requests does not stand still meanwhile. */
export interface LogSync {
  /** Resolves once everything committed before this call is on the disk. Calls that come together share one sync. */
  readonly sync: () => Promise<void>;
}

export function createLogSync(database: Database, logFile: number): LogSync {
  const changes = database.prepare<[], number>('select total_changes()').pluck();
  let synced = changes.get();
  let running: Promise<void> | undefined;
  let queued: Promise<void> | undefined;

  function start(): Promise<void> {
    queued = undefined;
    const written = changes.get();
    const syncing = new Promise<void>((resolve, reject) => {
      fdatasync(logFile, (error) => {
        running = undefined;
        if (error) reject(error);
        else {
          synced = written;
          resolve();
        }
      });
    });
    running = syncing;
    return syncing;
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
