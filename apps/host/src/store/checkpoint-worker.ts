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
/** Whether the log may have a gap, as it may at a start: a process before may have ended after a failed sync. */
let mayHaveGap = true;
/** Whether the database may lack pages that were copied. Not at a start: for a new process, SQLite copies the log from its beginning. */
let mayLackPages = false;
let index: number | undefined;

function checkpoint(): void {
  try {
    // First: wherever this turn fails, the next one copies from there, and so does SQLite as the database is closed.
    if (mayLackPages) copyFromStart();
    mayLackPages = false;
    if (mayHaveGap) closeGap();
    mayHaveGap = false;
    // Syncs the log first.
    database.pragma('wal_checkpoint(PASSIVE)');
  } catch (error) {
    // A full disk, for instance: writers see the error themselves, and the next turn tries again.
    if (platformCode(error) !== 'SQLITE_IOERR_FSYNC') return;
    // It does not say which of the two it was.
    mayHaveGap = true;
    mayLackPages = true;
  }
}

/**
 * Rewrites the log before anything is copied from it: after a power failure SQLite reads a log only up to its gap, and would lay older pages over what was
 * copied.
 */
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
  checkpoint();
  // Once more, by SQLite itself, as the last connection closes.
  if (mayLackPages) copyFromStart();
  database.close();
});
