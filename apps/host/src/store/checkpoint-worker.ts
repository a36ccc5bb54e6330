import { closeSync, openSync, writeSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import Database from 'better-sqlite3';
import { platformCode } from '../platform-code.ts';
import { rewriteLog } from './rewrite-log.ts';

const everyMs = 200;
/** Where the log's index says how much of the log has been copied, in four bytes: https://sqlite.org/walformat.html */
const copiedAt = 96;

const file = String(workerData);
const database = new Database(file);
/** Of the log or of the database. */
let hasSyncFailed = false;
let index: number | undefined;

function checkpoint(): void {
  try {
    if (hasSyncFailed) {
      closeGap();
      copyFromStart();
      hasSyncFailed = false;
    }
    // Syncs the log first.
    database.pragma('wal_checkpoint(PASSIVE)');
  } catch (error) {
    // A full disk, for instance: writers see the error themselves, and the next turn tries again.
    if (platformCode(error) === 'SQLITE_IOERR_FSYNC') hasSyncFailed = true;
  }
}

/** What is copied from a log with a gap would be older than the database after a power failure. */
function closeGap(): void {
  const logFile = openSync(`${file}-wal`, 'r+');
  try {
    rewriteLog(database, logFile);
  } finally {
    closeSync(logFile);
  }
}

/**
 * Has the next checkpoint copy the whole log. SQLite syncs the database only when it has reached the end of the log; after a failure it would copy only what came
 * after its last turn, and take what that turn had copied, and the system could not write, for written.
 */
function copyFromStart(): void {
  // Stays open: to close it would release the locks that SQLite holds on that file for this process.
  index ??= openSync(`${file}-shm`, 'r+');
  writeSync(index, Buffer.alloc(4), 0, 4, copiedAt);
}

const turns = setInterval(checkpoint, everyMs);

parentPort?.once('message', () => {
  clearInterval(turns);
  // SQLite's own checkpoint at the end would not copy from the start.
  if (hasSyncFailed) checkpoint();
  database.close();
});
