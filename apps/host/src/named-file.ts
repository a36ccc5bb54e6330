import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { decodeWhole } from '@finaz-telephony/core/host';
import { StartError } from './environment.ts';
import { platformCode } from './platform-code.ts';
import { messageOf } from './thrown.ts';

/** Reads a file that a person has named. @throws {StartError} explaining why it cannot be read */
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

/** The text of a file, or `undefined` if there is none. @throws {StartError} explaining why it cannot be read */
export async function readTextIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (platformCode(error) === 'ENOENT') return undefined;
    return readNamedText(file);
  }
}

/** The text of a file, decoded as a vendor's reply is, because it may be a saved one. @throws {StartError} explaining why it cannot be read */
export async function readNamedText(file: string): Promise<string> {
  return decodeWhole(await readNamedFile(file));
}
