import { closeSync, fsyncSync, openSync } from 'node:fs';
import { platformCode } from '../platform-code.ts';

/** The system or the file system cannot do it (Windows, some network drives), or this user may not read the folder. */
const impossible: ReadonlySet<string> = new Set(['EACCES', 'EINVAL', 'EISDIR', 'ENOTSUP', 'EPERM']);

/**
 * Brings the names of what was made in a folder to disk. A file that was synced itself can still be gone after a power failure, because its name was not:
 * which file systems do more than they must differs.
 *
 * @throws {Error} if the disk fails
 */
export function syncFolder(path: string): void {
  let folder: number | undefined;
  try {
    folder = openSync(path, 'r');
    fsyncSync(folder);
  } catch (error) {
    if (!impossible.has(platformCode(error))) throw error;
  } finally {
    if (folder !== undefined) closeSync(folder);
  }
}
