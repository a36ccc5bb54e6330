import { pipeline, Readable, type Duplex } from 'node:stream';

/**
 * Runs pieces through a stream, no faster than they are read. What goes wrong on either side is thrown to the reader, and a reader that leaves ends both.
 *
 * @param transform reads the pieces, and gives what they become
 */
export async function* runThrough<Result>(
  pieces: AsyncIterable<string | Uint8Array>,
  transform: Duplex,
): AsyncGenerator<Result> {
  const given: AsyncIterable<Result> = transform;
  // An error that comes when the reader has gone already is nobody's.
  transform.on('error', () => undefined);
  pipeline(Readable.from(pieces, { highWaterMark: 1 }), transform, () => undefined);
  yield* given;
}
