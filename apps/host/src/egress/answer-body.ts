import type { Readable } from 'node:stream';
import type { BodySample } from './body-sample.ts';

/** The body of an answer: read once, in one of these ways. */
export interface AnswerBody {
  /** All of it, within the limit. */
  readonly whole: () => Promise<Buffer>;
  /** Chunk by chunk, as fast as it is read. */
  readonly stream: () => Readable;
  /** Wants no more of it. Resolves when its exchange is over and recorded. */
  readonly drop: () => Promise<void>;
}

export interface AnswerBodyOptions {
  /** Whether its length is announced, and within `maxBytes`: then nothing need be counted on its way. */
  readonly isBounded: boolean;
  readonly maxBytes: number;
  /** Filled where the body is read as a whole. */
  readonly sample: BodySample;
  /** The exchange is over, with this failure or with none. May be told more than once: the first time counts. */
  readonly over: (failure: unknown) => void;
  /** Turns what went wrong while reading into the framework's own error. */
  readonly asError: (error: unknown) => unknown;
}

/** The exchange is over when this stream is. */
export function endingWith(stream: Readable, { over, asError }: AnswerBodyOptions): Readable {
  let failure: unknown;
  stream.once('error', (error) => {
    failure = asError(error);
  });
  stream.once('close', () => over(failure));
  return stream;
}

/** Resolves when the stream is closed, whatever becomes of it meanwhile. @param outlet what its reader holds of it */
export async function dropped(stream: Readable, outlet: Readable): Promise<void> {
  if (stream.closed) return;
  await new Promise<void>((resolve) => {
    stream.once('close', resolve);
    outlet.destroy();
  });
}
