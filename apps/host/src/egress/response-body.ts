import { Transform, type Readable, type TransformCallback } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import { TelephonyError } from '@finaz-telephony/core';

/** What is kept of a body for the log of exchanges. */
export interface BodySample {
  readonly chunks: Buffer[];
  length: number;
}

/** Enough to mask whole values at the edge of what is shown. */
export const sampleLength = 6144;

export function addToSample(sample: BodySample, chunk: Buffer): void {
  const held = sample.length;
  sample.length += chunk.length;
  if (held < sampleLength) sample.chunks.push(chunk.subarray(0, sampleLength - held));
}

const inflaters: Readonly<Record<string, () => Transform & { readonly bytesWritten: number }>> = {
  gzip: createGunzip,
  'x-gzip': createGunzip,
  br: createBrotliDecompress,
  deflate: createInflate,
};

/** What inflates an encoding; nothing for an unknown one, which passes as it is. */
export function inflaterOf(encoding: string): (() => Transform) | undefined {
  const create = Object.hasOwn(inflaters, encoding) ? inflaters[encoding] : undefined;
  return create && (() => sparingNothing(create()));
}

/** Some servers label as compressed what is not there: of nothing, nothing is missing. */
function sparingNothing(inflater: Transform & { readonly bytesWritten: number }): Transform {
  const flush = inflater._flush.bind(inflater);
  inflater._flush = (done) => (inflater.bytesWritten === 0 ? done() : flush(done));
  return inflater;
}

export function joined(source: Readable, target: Transform): Readable {
  source.on('error', (error) => target.destroy(error));
  target.on('close', () => source.destroy(target.errored ?? undefined));
  return source.pipe(target);
}

/** Counts what comes out after inflating, and breaks off at the limit: compressed bytes say nothing of the size. */
export function limited(body: Readable, maxBytes: number): Readable {
  let length = 0;
  return joined(
    body,
    new Transform({
      transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback) {
        length += chunk.length;
        if (length > maxBytes) done(tooLarge(maxBytes));
        else done(null, chunk);
      },
    }),
  );
}

export function tooLarge(maxBytes: number): TelephonyError {
  return new TelephonyError({
    code: 'response_too_large',
    message: `The telephone system's answer has more than ${maxBytes} bytes.`,
    hint: 'Ask for less at a time, a shorter period for instance.',
    delivery: 'answered',
  });
}

/** Reads a whole body into memory, within the limit, and keeps its beginning for the log. */
export function collect(body: Readable, maxBytes: number, sample: BodySample): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    body.on('data', (chunk: Buffer) => {
      addToSample(sample, chunk);
      length += chunk.length;
      if (length > maxBytes) {
        const error = tooLarge(maxBytes);
        body.destroy(error);
        reject(error);
      } else chunks.push(chunk);
    });
    body.on('end', () => resolve(Buffer.concat(chunks, length)));
    body.on('error', reject);
    body.on('close', () => {
      if (!body.readableEnded) reject(new Error('the answer was broken off'));
    });
  });
}
