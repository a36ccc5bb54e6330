import { Readable } from 'node:stream';
import { TelephonyError } from '@finaz-telephony/core';
import { EgressResponse } from '../egress/egress-response.ts';
import { inTime } from '../in-time.ts';
import { audioType, looksLikeAudio, typeOfPart } from './audio-signature.ts';
import { readByteRange, sliceBytes, type ByteRange } from './byte-range.ts';
import { firstBytes, type Beginning } from './first-bytes.ts';

/** The audio: its first bytes are checked, the rest is not read yet. */
export interface OpenRecording {
  readonly status: 200 | 206;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Readable;
}

/** The recording has fewer bytes than the listener wants to begin at. */
export interface PastEnd {
  readonly status: 416;
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * Looks at what the vendor has sent as a recording.
 *
 * @param range the listener's `Range` header; the vendor may have sent the whole recording all the same
 * @throws {TelephonyError} if the answer is not audio, or does not begin in time
 */
export async function openAudio(
  response: Response,
  range: string | undefined,
  timeoutMs: number,
): Promise<OpenRecording | PastEnd> {
  const answer = nodeStream(response);
  if (response.status === 416) {
    answer.destroy();
    return pastEnd(response.headers.get('Content-Range'));
  }
  const contentType = response.headers.get('Content-Type') ?? 'application/octet-stream';
  const { start, whole: stream } = await beginningOf(answer, timeoutMs).catch((error: unknown) => {
    // A response that the adapter made itself fails with the adapter's own error.
    throw response instanceof EgressResponse ? brokenOff(error) : error;
  });
  const contentRange = partOf(response);
  // The middle of a file has no signature; only its label can be checked.
  const fromTheMiddle = contentRange !== undefined && !contentRange.startsWith('bytes 0-');
  const isAudio = fromTheMiddle
    ? !/json|html|xml|text/i.test(contentType)
    : looksLikeAudio(start, contentType);
  if (!isAudio) {
    stream.destroy();
    throw noAudio(response.status, start);
  }
  const length = response.headers.get('Content-Length');
  const headers = {
    'Content-Type': fromTheMiddle ? typeOfPart(contentType) : audioType(start, contentType),
    'Cache-Control': 'private, no-store',
    'Content-Disposition': 'inline',
    'X-Content-Type-Options': 'nosniff',
  };
  if (contentRange !== undefined) {
    return {
      status: 206,
      headers: {
        ...headers,
        'Accept-Ranges': 'bytes',
        'Content-Range': contentRange,
        ...(length !== null && { 'Content-Length': length }),
      },
      body: stream,
    };
  }
  return length === null
    ? { status: 200, headers, body: stream }
    : wholeOrPart(stream, headers, Number(length), range);
}

function noAudio(status: number, start: Uint8Array): TelephonyError {
  return new TelephonyError({
    code: 'unreadable_response',
    message:
      start.length === 0
        ? 'The telephone system answered with an empty recording.'
        : 'What the telephone system sent as a recording is not audio.',
    hint: 'Look at the answer in the log of exchanges, and add a rule for it to the connection.',
    vendor: { status, excerpt: excerptOf(start) },
  });
}

/** @throws the stream's own error if it breaks off; a {@link TelephonyError} if it does not begin in time */
const beginningOf = (stream: Readable, timeoutMs: number): Promise<Beginning> =>
  // `destroy` alone may not end a stream that an adapter made: it still waits for the chunk that was asked of it.
  inTime(timeoutMs, firstBytes(stream), () => {
    const error = noSound(timeoutMs);
    stream.destroy(error);
    return error;
  });

/** The `Content-Range` of a 206; a 206 without a valid one counts as the whole recording. */
function partOf({ status, headers }: Response): string | undefined {
  const contentRange = headers.get('Content-Range') ?? '';
  return status === 206 && /^bytes \d+-\d+\/(?:\d+|\*)$/.test(contentRange)
    ? contentRange
    : undefined;
}

function pastEnd(contentRange: string | null): PastEnd {
  return {
    status: 416,
    headers: {
      'Accept-Ranges': 'bytes',
      ...(contentRange !== null &&
        /^bytes \*\/\d+$/.test(contentRange) && { 'Content-Range': contentRange }),
    },
  };
}

/** The vendor sent the whole recording: the range that the listener asked for is cut out of it here. */
function wholeOrPart(
  stream: Readable,
  headers: Readonly<Record<string, string>>,
  size: number,
  rangeHeader: string | undefined,
): OpenRecording | PastEnd {
  const range = readByteRange(rangeHeader, size);
  const common = { ...headers, 'Accept-Ranges': 'bytes' };
  if (range === undefined)
    return { status: 200, headers: { ...common, 'Content-Length': String(size) }, body: stream };
  if (range === 'unsatisfiable') {
    stream.destroy();
    return pastEnd(`bytes */${size}`);
  }
  return {
    status: 206,
    headers: {
      ...common,
      'Content-Range': `bytes ${range.start}-${range.end}/${size}`,
      'Content-Length': String(range.end - range.start + 1),
    },
    body: cutOut(stream, range, size),
  };
}

function cutOut(whole: Readable, range: ByteRange, size: number): Readable {
  // Browsers ask for a whole recording as a range from 0.
  if (range.start === 0 && range.end === size - 1) return whole;
  const part = Readable.from(sliceBytes(whole, range), { objectMode: false });
  part.once('close', () => whole.destroy());
  return part;
}

function nodeStream(response: Response): Readable {
  if (response instanceof EgressResponse) return response.stream;
  return response.body ? Readable.from(response.body, { objectMode: false }) : Readable.from([]);
}

function brokenOff(cause: unknown): TelephonyError {
  if (TelephonyError.isInstance(cause)) return cause;
  return new TelephonyError({
    code: 'network',
    message: 'The connection to the telephone system broke at the beginning of the recording.',
    hint: 'Ask for it again.',
    delivery: 'unknown',
    cause,
  });
}

function noSound(timeoutMs: number): TelephonyError {
  return new TelephonyError({
    code: 'timeout',
    message: `The telephone system did not begin to send the recording within ${timeoutMs / 1000} s.`,
    hint: 'Ask for it again; limits.timeout of the connection sets the time.',
    delivery: 'unknown',
  });
}

function excerptOf(start: Uint8Array): string {
  return Buffer.from(start)
    .toString('utf8')
    .replace(/[\u0000-\u001f\ufffd]+/g, ' ')
    .slice(0, 500);
}
