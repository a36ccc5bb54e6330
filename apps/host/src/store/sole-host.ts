import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import Database from 'better-sqlite3';
import { StartError } from '../environment.ts';
import { makeFolder } from './make-folder.ts';

/** One that is about to end may take its time. */
const longestWaitMs = 10_000;
const everyMs = 250;

/**
 * A folder of SQLite is of one host alone: a second one would take for dead what the first is at, and send it again. Held by the lock of a file, which the system
 * gives back however the process ends.
 *
 * @returns gives it back
 * @throws {StartError}
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
        : unusable(file, error);
    }
  }
}

/** What SQLite says of a file that it could open, but that no lock can be had of; a defect of ours stays what it is. */
function unusable(file: string, error: unknown): unknown {
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
    throw new StartError(
      `environment DATA_DIR: ${file} cannot be opened (${error instanceof Error ? error.message : String(error)}); name a folder that this user may write`,
    );
  }
}
