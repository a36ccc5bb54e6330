import { Readable } from 'node:stream';
import { TelephonyError } from '@finaz-telephony/core';
import { EgressResponse } from '../egress/egress-response.ts';
import { subjectOf } from '../exchanges/exchange-log.ts';
import { personalNumbers } from '../exchanges/personal-values.ts';
import { inTime } from '../in-time.ts';
import type { Connection, Tenant } from '../tenants/tenant.ts';
import { audioType, looksLikeAudio, typeOfPart } from './audio-signature.ts';
import { readByteRange, sliceBytes, type ByteRange } from './byte-range.ts';
import { adapterFailure } from './adapter-failure.ts';
import { boundFeature } from './feature-work.ts';
import { firstBytes } from './first-bytes.ts';
import { inContext, type MeasuredWorkplace } from './in-context.ts';
import type { KnownCalls } from './known-calls.ts';

export interface RecordingDependencies extends MeasuredWorkplace {
  readonly knownCalls: KnownCalls;
}

/** The audio, checked by its first bytes and not yet read further. */
export interface OpenRecording {
  readonly status: 200 | 206;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Readable;
}

/** The recording has fewer bytes than the listener wants to begin at. */
export interface BehindEnd {
  readonly status: 416;
  readonly headers: Readonly<Record<string, string>>;
}

/** No sound is known by so few bytes. Safari asks for the first two of every recording, to see whether there are parts: they are cut out here, of the whole. */
const tooShort = /^bytes=0-(?:\d|10)$/;

/** Of several parts the answer would be no audio, and what is no range of bytes is to be ignored (RFC 9110, section 14.2). */
function mayBeAsked(range: string): boolean {
  const [, first, last] = /^bytes=(\d*)-(\d*)$/.exec(range) ?? [];
  if (first === undefined || last === undefined || tooShort.test(range)) return false;
  if (first === '') return last !== '';
  return last === '' || Number(first) <= Number(last);
}

/**
 * Asks the vendor for a recording and looks at its beginning: an error page, however it is labelled, never passes as audio.
 *
 * `signal` is aborted when the listener leaves; the request to the vendor then ends too.
 */
export async function openRecording(
  dependencies: RecordingDependencies,
  tenant: Tenant,
  callId: string,
  range: string | undefined,
  signal: AbortSignal,
): Promise<OpenRecording | BehindEnd> {
  const feature = boundFeature(tenant, 'recording');
  const call = await dependencies.knownCalls.find(tenant, callId);
  const measured = dependencies.metrics.start(tenant.id, feature.connection.name, 'recording');
  try {
    const opened = await inContext(
      dependencies,
      {
        tenant,
        connection: feature.connection,
        feature: 'recording',
        personal: personalNumbers(call),
        signal,
        about: () => subjectOf(tenant.cipher, { ...call, callId }),
      },
      async (context) => {
        const asked = range !== undefined && mayBeAsked(range) ? { range } : {};
        const input = { callId, ...(call && { call }), ...asked };
        return openAudio(await feature.run(input, context), range, feature.connection);
      },
    );
    measured('accepted');
    return opened;
  } catch (thrown) {
    const error = adapterFailure(thrown, 'recording', dependencies.logger, {
      tenant: tenant.id,
      connection: feature.connection.name,
    });
    measured(error.code);
    throw error;
  }
}

async function openAudio(
  response: Response,
  range: string | undefined,
  { limits }: Connection,
): Promise<OpenRecording | BehindEnd> {
  const stream = nodeStream(response);
  if (response.status === 416) {
    stream.destroy();
    return behindEnd(response.headers.get('Content-Range'));
  }
  const contentType = response.headers.get('Content-Type') ?? 'application/octet-stream';
  const start = await beginningOf(stream, limits.timeoutMs);
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

/** @throws {TelephonyError} where it breaks off, or does not begin in time */
async function beginningOf(stream: Readable, timeoutMs: number): Promise<Uint8Array> {
  try {
    // A stream of an adapter's own need not end when it is destroyed: it waits for the chunk that it was asked for.
    return await inTime(timeoutMs, firstBytes(stream), () => {
      const error = noSound(timeoutMs);
      stream.destroy(error);
      return error;
    });
  } catch (error) {
    throw brokenOff(error);
  }
}

/** Which part it is; a 206 that does not say so is the whole. */
function partOf({ status, headers }: Response): string | undefined {
  const contentRange = headers.get('Content-Range') ?? '';
  return status === 206 && /^bytes \d+-\d+\/(?:\d+|\*)$/.test(contentRange)
    ? contentRange
    : undefined;
}

function behindEnd(contentRange: string | null): BehindEnd {
  return {
    status: 416,
    headers: {
      'Accept-Ranges': 'bytes',
      ...(contentRange !== null &&
        /^bytes \*\/\d+$/.test(contentRange) && { 'Content-Range': contentRange }),
    },
  };
}

/** The vendor sent it whole: serve the range that was asked for ourselves. */
function wholeOrPart(
  stream: Readable,
  headers: Readonly<Record<string, string>>,
  size: number,
  rangeHeader: string | undefined,
): OpenRecording | BehindEnd {
  const range = readByteRange(rangeHeader, size);
  const common = { ...headers, 'Accept-Ranges': 'bytes' };
  if (range === undefined)
    return { status: 200, headers: { ...common, 'Content-Length': String(size) }, body: stream };
  if (range === 'unsatisfiable') {
    stream.destroy();
    return behindEnd(`bytes */${size}`);
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
  // Browsers ask for all of it as the range from 0.
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
