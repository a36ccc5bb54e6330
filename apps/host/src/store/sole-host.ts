import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import Database from 'better-sqlite3';
import { StartError } from '../environment.ts';
import { makeFolder } from './make-folder.ts';
import { unopenedFile } from './unopened-file.ts';

const longestWaitMs = 10_000;
const everyMs = 250;

/**
 * Reserves a SQLite data folder for this host: a second host would take the work of the first for that of a dead one, and send it again. The lock
 * is on a file, and the system releases it however the process ends.
 *
 * @param waitMs how long to wait for a host that is shutting down
 * @returns releases the folder
 * @throws {StartError} if another host has it
 */
export async function beSoleHost(dataDir: string, waitMs = longestWaitMs): Promise<() => void> {
  const file = join(dataDir, 'host.lock');
  const lock = openLock(file, dataDir);
  for (const until = performance.now() + waitMs; ;) {
    try {
      lock.exec('begin exclusive');
      return () => lock.close();
    } catch (error) {
      const isHeld = error instanceof Database.SqliteError && error.code.startsWith('SQLITE_BUSY');
      if (isHeld && performance.now() < until) {
        await pause(everyMs);
        continue;
      }
      lock.close();
      throw isHeld
        ? new StartError(
            `environment DATA_DIR: another host works on ${dataDir}; stop it first (for several hosts give all of them one DATABASE_URL)`,
          )
        : unlocked(file, error);
    }
  }
}

/** Explains SQLite's error for a lock file that it could open, but not lock. Any other error is a defect of ours, and stays as it is. */
function unlocked(file: string, error: unknown): unknown {
  return error instanceof Database.SqliteError
    ? new StartError(
        `environment DATA_DIR: ${file} cannot be locked (${error.message}); look whether this user may write it, and delete it where it is damaged: nothing is in it`,
      )
    : error;
}

function openLock(file: string, dataDir: string): Database.Database {
  try {
    makeFolder(dataDir);
    return new Database(file, { timeout: 0 });
  } catch (error) {
    throw unopenedFile(file, error);
  }
}
