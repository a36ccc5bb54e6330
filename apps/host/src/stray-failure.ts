import { fileURLToPath, pathToFileURL } from 'node:url';
import { TelephonyError } from '@finaz-telephony/core';
import { withoutWords } from './logged-error.ts';
import { platformCode } from './platform-code.ts';

/** The two ways in which stack frames write a folder: as a path, or as a file URL. */
const writtenWays = (folder: string) => [folder, pathToFileURL(folder).href];

/** The folder of the host's code, with a trailing separator: from the sources, or built. */
const here = writtenWays(fileURLToPath(new URL('.', import.meta.url)));

/**
 * Whether an uncaught error comes from an adapter: a promise that it did not await, a timer that threw. Such an error must not end the host, which is intact
 * and serves other companies too; and a mailing whose adapter always fails like this would end the host at each start.
 *
 * @param folders the folders of the adapter packages, with symbolic links resolved
 */
export function isOfAdapter(thrown: unknown, folders: readonly string[]): boolean {
  if (folders.length === 0) return false;
  // From an exchange that the adapter did not await.
  if (TelephonyError.isInstance(thrown)) return true;
  // The host itself throws only errors. Node.js wraps other values that a promise was rejected with.
  if (!(thrown instanceof Error)) return true;
  if (platformCode(thrown) === 'ERR_UNHANDLED_REJECTION') return true;
  const places = folders.flatMap(writtenWays);
  const frames = (withoutWords(thrown).stack ?? '').split('\n');
  for (const frame of frames) {
    if (places.some((place) => frame.includes(place))) return true;
    if (here.some((place) => frame.includes(place))) return false;
  }
  return false;
}
