import { statSync } from 'node:fs';
import { StoreError } from './store-error.ts';

/**
 * Checks whether files are still where they were opened. A process can go on writing to a file that was deleted, moved or replaced: all
 * would look well, and what was acknowledged would be lost with the process.
 *
 * @returns the check, which throws a {@link StoreError} if a file is not
 */
export function keepToFiles(files: readonly string[]): () => void {
  const identityOf = (file: string): string | undefined => {
    const found = statSync(file, { throwIfNoEntry: false });
    return found && `${found.dev} ${found.ino}`;
  };
  const opened = files.map((file) => [file, identityOf(file)] as const);
  return () => {
    for (const [file, identity] of opened) {
      if (identityOf(file) === identity) continue;
      throw new StoreError(
        'SQLITE_READONLY_DBMOVED',
        `${file} was deleted, moved or replaced while this host works on it, and nothing is stored until it is back; put it back, or stop the host and start it with what is there`,
      );
    }
  };
}
