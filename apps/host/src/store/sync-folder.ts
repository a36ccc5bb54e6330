import { closeSync, fsyncSync, openSync } from 'node:fs';
import { platformCode } from '../platform-code.ts';

/** The system or the file system cannot do it (Windows, some network drives), or this user may not read the folder. */
const impossible: ReadonlySet<string> = new Set(['EACCES', 'EINVAL', 'EISDIR', 'ENOTSUP', 'EPERM']);

/**
 * Syncs a folder, so that the names of what was made in it are on disk. A file that was synced itself can still be gone after a power failure if its name was
 * not: some file systems sync both, none has to.
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
