import { fileURLToPath, pathToFileURL } from 'node:url';
import { TelephonyError } from '@finaz-telephony/core';
import { withoutWords } from './logged-error.ts';
import { platformCode } from './platform-code.ts';

/** A folder as frames have it: by its path, or by its address, in which a blank is "%20" and which begins otherwise on Windows. */
const writtenWays = (folder: string) => [folder, pathToFileURL(folder).href];

/** The folder of the host's code, with a trailing separator: from the sources, or built. */
const here = writtenWays(fileURLToPath(new URL('.', import.meta.url)));

/**
 * Whether an error that nothing has caught comes from an adapter: a promise that it did not await, a timer that threw. It says nothing of the state of this host, which
 * serves other companies, too; and a mailing whose adapter fails so each time would end the host at each start.
 *
 * @param folders of the adapter packages, as they are once links are followed
 */
export function isOfAdapter(thrown: unknown, folders: readonly string[]): boolean {
  if (folders.length === 0) return false;
  // Of an exchange that the adapter did not wait for.
  if (TelephonyError.isInstance(thrown)) return true;
  // This host throws nothing but errors; the platform wraps what else a promise was rejected with.
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
