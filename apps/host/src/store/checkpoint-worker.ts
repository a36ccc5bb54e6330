import { closeSync, openSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import Database from 'better-sqlite3';
import { platformCode } from '../platform-code.ts';
import { rewriteLog } from './rewrite-log.ts';

const everyMs = 200;

const file = String(workerData);
const database = new Database(file);
// What is there may be from a process that ended after a sync had failed.
let mayHaveGap = true;
const turns = setInterval(() => {
  try {
    if (mayHaveGap) closeGap();
    mayHaveGap = false;
    // Syncs the log first.
    database.pragma('wal_checkpoint(PASSIVE)');
  } catch (error) {
    // A full disk, for instance: writers see the error themselves, and the next turn tries again.
    if (platformCode(error) === 'SQLITE_IOERR_FSYNC') mayHaveGap = true;
  }
}, everyMs);

parentPort?.once('message', () => {
  clearInterval(turns);
  database.close();
});

function closeGap(): void {
  const logFile = openSync(`${file}-wal`, 'r+');
  try {
    rewriteLog(database, logFile);
  } finally {
    closeSync(logFile);
  }
}
