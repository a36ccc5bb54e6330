import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { decodeWhole } from '@finaz-telephony/core/host';
import { StartError } from './environment.ts';
import { platformCode } from './platform-code.ts';
import { messageOf } from './thrown.ts';

/** A file that a person has named. @throws {StartError} where it cannot be read, in words */
export async function readNamedFile(file: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (error) {
    const isMissing = platformCode(error) === 'ENOENT';
    throw new StartError(
      isMissing
        ? `${file}: there is no such file; it was looked for at ${resolve(file)}`
        : `${file}: cannot be read (${messageOf(error)})`,
    );
  }
}

/** The text of one that need not be there. @throws {StartError} where it is there and cannot be read, in words */
export async function readTextIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (platformCode(error) === 'ENOENT') return undefined;
    return readNamedText(file);
  }
}

/** Its text, decoded as that of vendors is: an answer that was kept is read as the answer itself would be. @throws {StartError} where it cannot be read, in words */
export async function readNamedText(file: string): Promise<string> {
  return decodeWhole(await readNamedFile(file));
}
