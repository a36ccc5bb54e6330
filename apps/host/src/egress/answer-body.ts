import type { Readable } from 'node:stream';
import type { BodySample } from './body-sample.ts';

/** The body of an answer, which is read only once and in one of these ways. */
export interface AnswerBody {
  /** Reads the whole body, within the limit. */
  readonly whole: () => Promise<Buffer>;
  /** The body chunk by chunk, no faster than the reader takes it. */
  readonly stream: () => Readable;
  /** Discards the rest. Resolves when the exchange is over and recorded. */
  readonly drop: () => Promise<void>;
}

export interface AnswerBodyOptions {
  /** Whether the announced length is within `maxBytes`, so that a stream need not be counted. */
  readonly isBounded: boolean;
  readonly maxBytes: number;
  /** Filled if the body is read as a whole. */
  readonly sample: BodySample;
  /** Called when the exchange is over, with its failure or `undefined`. Only the first call counts. */
  readonly over: (failure: unknown) => void;
  /** Turns a failure while reading into a `TelephonyError`. */
  readonly asError: (error: unknown) => unknown;
}

/** Ends the exchange when the stream ends. */
export function endingWith(stream: Readable, { over, asError }: AnswerBodyOptions): Readable {
  let failure: unknown;
  stream.once('error', (error) => {
    failure = asError(error);
  });
  stream.once('close', () => over(failure));
  return stream;
}

/** Discards a stream; resolves when it is closed. @param outlet the end of the stream that its reader holds */
export async function dropped(stream: Readable, outlet: Readable): Promise<void> {
  if (stream.closed) return;
  await new Promise<void>((resolve) => {
    stream.once('close', resolve);
    outlet.destroy();
  });
}
