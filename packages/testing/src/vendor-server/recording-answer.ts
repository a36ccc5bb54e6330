import { Readable } from 'node:stream';
import type { Answer } from './route.ts';
import { makeWav, wavChunks } from './wav.ts';

export interface Recordings {
  readonly bytes: number;
  /** Whether ranges are supported. */
  readonly ranges: boolean;
}

/**
 * A recording, or the requested range of it.
 *
 * @param range value of the `Range` header
 */
export function recordingAnswer({ bytes, ranges }: Recordings, range: string | undefined): Answer {
  const match = ranges ? /^bytes=(\d+)-(\d*)$/.exec(range ?? '') : undefined;
  if (match) {
    const start = Number(match[1]);
    if (start >= bytes)
      return {
        status: 416,
        contentType: 'audio/wav',
        headers: { 'Content-Range': `bytes */${bytes}` },
        body: '',
      };
    const end = match[2] === '' ? bytes - 1 : Math.min(Number(match[2]), bytes - 1);
    return {
      status: 206,
      contentType: 'audio/wav',
      headers: { 'Content-Range': `bytes ${start}-${end}/${bytes}`, 'Accept-Ranges': 'bytes' },
      body: makeWav(bytes).subarray(start, end + 1),
    };
  }
  return {
    status: 200,
    contentType: 'audio/wav',
    headers: { 'Content-Length': String(bytes), ...(ranges && { 'Accept-Ranges': 'bytes' }) },
    body: Readable.from(wavChunks(bytes), { objectMode: false }),
  };
}
