import { parentPort, workerData } from 'node:worker_threads';
import Database from 'better-sqlite3';

const everyMs = 200;

const database = new Database(String(workerData));
const turns = setInterval(() => {
  try {
    database.pragma('wal_checkpoint(PASSIVE)');
  } catch {
    // A full disk, for instance: writers see the error themselves, and the next turn tries again.
  }
}, everyMs);

parentPort?.once('message', () => {
  clearInterval(turns);
  database.close();
});
