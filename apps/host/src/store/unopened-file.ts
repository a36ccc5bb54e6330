import { StartError } from '../environment.ts';
import { messageOf } from '../thrown.ts';

/** A file of the data folder that SQLite could not even open. */
export function unopenedFile(file: string, error: unknown): StartError {
  return new StartError(
    `environment DATA_DIR: ${file} cannot be opened (${messageOf(error)}); name a folder that this user may write`,
  );
}
