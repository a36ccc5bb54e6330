import { fstatSync, readSync, writeSync } from 'node:fs';
import type { Database } from 'better-sqlite3';

const chunkBytes = 1024 * 1024;

/**
 * Writes SQLite's write-ahead log again, byte for byte, after a sync has failed: the system reports only once that it could not write something, and
 * considers it written from then on. The next sync would succeed despite the gap, and after a power failure SQLite would read the log up to that gap: nothing
 * that was acknowledged after it, and old pages over the new ones that a checkpoint has brought into the database.
 *
 * @throws {Error} if that is not possible now
 */
export function rewriteLog(database: Database, logFile: number): void {
  const buffer = Buffer.allocUnsafe(chunkBytes);
  const rewrite = database.transaction(() => {
    const end = fstatSync(logFile).size;
    for (let at = 0; at < end;) {
      const read = readSync(logFile, buffer, 0, Math.min(chunkBytes, end - at), at);
      if (read === 0) throw new Error('the write-ahead log became shorter while it was read');
      for (let done = 0; done < read;)
        done += writeSync(logFile, buffer, done, read - done, at + done);
      at += read;
    }
  });
  // As a writer, so that nobody else changes the log meanwhile.
  rewrite.immediate();
}
