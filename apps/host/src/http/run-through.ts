import { pipeline, Readable, type Duplex } from 'node:stream';

/**
 * Pipes chunks through a stream, no faster than they are read. Errors on either side are thrown to the reader, and a reader that leaves ends both.
 *
 * @param transform reads the chunks, and yields the results
 */
export async function* runThrough<Result>(
  chunks: AsyncIterable<string | Uint8Array>,
  transform: Duplex,
): AsyncGenerator<Result> {
  const given: AsyncIterable<Result> = transform;
  // An error that comes after the reader has left concerns nobody.
  transform.on('error', () => undefined);
  pipeline(Readable.from(chunks, { highWaterMark: 1 }), transform, () => undefined);
  yield* given;
}
