import type { Readable, Transform } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import { dropped, endingWith, type AnswerBody, type AnswerBodyOptions } from './answer-body.ts';
import { addToSample, type BodySample } from './body-sample.ts';
import { joined, limited, tooLarge } from './limited-body.ts';

const inflaters: Readonly<Record<string, () => Transform & { readonly bytesWritten: number }>> = {
  gzip: createGunzip,
  'x-gzip': createGunzip,
  br: createBrotliDecompress,
  deflate: createInflate,
};

/** Creates the inflater for an encoding; `undefined` for an unknown encoding, whose body is passed on unchanged. */
export function inflaterOf(encoding: string): (() => Transform) | undefined {
  const create = Object.hasOwn(inflaters, encoding) ? inflaters[encoding] : undefined;
  return create && (() => sparingNothing(create()));
}

/** Accepts an empty body, for which some servers declare an encoding, instead of reporting an unexpected end. */
function sparingNothing(inflater: Transform & { readonly bytesWritten: number }): Transform {
  const flush = inflater._flush.bind(inflater);
  inflater._flush = (done) => (inflater.bytesWritten === 0 ? done() : flush(done));
  return inflater;
}

/** A body that the vendor has compressed. @param packed the compressed body */
export function inflatedBody(
  packed: Readable,
  inflater: Transform,
  options: AnswerBodyOptions,
): AnswerBody {
  const { maxBytes, sample, asError } = options;
  const stream = endingWith(joined(packed, inflater), options);
  let outlet = stream;
  return {
    async whole() {
      try {
        return await collect(stream, maxBytes, sample);
      } catch (error) {
        throw asError(error);
      }
    },
    // The compressed length does not limit the inflated one.
    stream: () => (outlet = limited(stream, maxBytes)),
    drop: () => dropped(stream, outlet),
  };
}

/** Reads a whole body into memory, within the limit, and keeps its beginning for the log. */
function collect(body: Readable, maxBytes: number, sample: BodySample): Promise<Buffer> {
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
