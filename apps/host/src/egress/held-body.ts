import { Readable } from 'node:stream';
import { errors } from 'undici';
import { dropped, endingWith, type AnswerBody, type AnswerBodyOptions } from './answer-body.ts';
import { addToSample } from './body-sample.ts';
import { mostReadAtOnce } from './lent-memory.ts';
import { limited, tooLarge } from './limited-body.ts';
import { toError } from '../thrown.ts';

/** How undici's controller steers an answer. */
export interface Source {
  readonly pause: () => void;
  readonly resume: () => void;
  readonly abort: (reason: Error) => void;
}

/** How much is taken from the socket before anybody reads. */
const heldBytes = 65_536;

interface Reader {
  readonly resolve: (body: Buffer) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * The body as undici delivers it. Most answers are a few lines of JSON that are complete before anybody can read them. A stream with its events would cost
 * half as much as the exchange, so it is created only on request.
 */
export class HeldBody implements AnswerBody {
  readonly #source: Source;
  readonly #options: AnswerBodyOptions;
  #chunks: Buffer[] = [];
  #length = 0;
  #state: 'open' | 'complete' | 'dropped' | 'failed' = 'open';
  #failure: unknown;
  #reader: Reader | undefined;
  #stream: Readable | undefined;
  /**
   * Bytes since the reader last asked for more. The socket is paused only after as much as it reads at once: with less, the data that it holds would grow as
   * long as the reader is slower than the telephone system.
   */
  #takenSinceAsked = 0;
  /** The end of the stream that the reader holds. */
  #outlet: Readable | undefined;

  constructor(source: Source, options: AnswerBodyOptions) {
    this.#source = source;
    this.#options = options;
  }

  push(chunk: Buffer): void {
    if (this.#stream) {
      this.#stream.push(chunk);
      this.#takenSinceAsked += chunk.length;
      if (this.#takenSinceAsked >= mostReadAtOnce) this.#source.pause();
      return;
    }
    this.#chunks.push(chunk);
    this.#length += chunk.length;
    if (this.#reader) this.#measure();
    else if (this.#length > heldBytes) this.#source.pause();
  }

  complete(): void {
    if (this.#state !== 'open') return;
    this.#state = 'complete';
    this.#stream?.push(null);
    this.#settle();
  }

  /** Also fails a complete body that nobody has read in time. */
  fail(error: unknown): void {
    if (this.#state === 'dropped' || this.#state === 'failed') return;
    this.#state = 'failed';
    this.#failure = error;
    if (this.#stream) this.#stream.destroy(toError(error));
    else if (this.#reader) this.#settle();
    else this.#options.over(this.#options.asError(error));
  }

  whole(): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      this.#reader = { resolve, reject };
      this.#measure();
      this.#settle();
      if (this.#state === 'open') this.#source.resume();
    });
  }

  stream(): Readable {
    const stream = new Readable({
      // So that the stream asks for more only once it is empty.
      highWaterMark: 1,
      read: () => {
        this.#takenSinceAsked = 0;
        this.#source.resume();
      },
      destroy: (error, done) => {
        this.#abort(error);
        done(error);
      },
    });
    this.#stream = endingWith(stream, this.#options);
    for (const chunk of this.#chunks) stream.push(chunk);
    this.#chunks = [];
    if (this.#state === 'complete') stream.push(null);
    if (this.#state === 'failed') stream.destroy(toError(this.#failure));
    const { isBounded, maxBytes } = this.#options;
    this.#outlet = isBounded ? stream : limited(stream, maxBytes);
    return this.#outlet;
  }

  async drop(): Promise<void> {
    if (this.#stream && this.#outlet) return dropped(this.#stream, this.#outlet);
    this.#abort(null);
    this.#options.over(undefined);
    this.#reader?.reject(this.#options.asError(new Error('the answer was broken off')));
  }

  #abort(reason: Error | null): void {
    if (this.#state !== 'open') return;
    this.#state = 'dropped';
    this.#source.abort(reason ?? new errors.RequestAbortedError());
  }

  /** Fails a body that is larger than the limit. */
  #measure(): void {
    const { maxBytes } = this.#options;
    if (this.#length <= maxBytes || this.#state === 'failed') return;
    const isOpen = this.#state === 'open';
    const error = tooLarge(maxBytes);
    this.fail(error);
    if (isOpen) this.#source.abort(error);
  }

  #settle(): void {
    if (!this.#reader || this.#state === 'open') return;
    const { sample, over, asError } = this.#options;
    for (const chunk of this.#chunks) addToSample(sample, chunk);
    if (this.#state === 'complete') {
      over(undefined);
      this.#reader.resolve(this.#joined());
    } else {
      const error = asError(this.#failure);
      over(error);
      this.#reader.reject(error);
    }
    this.#chunks = [];
  }

  #joined(): Buffer {
    const [first] = this.#chunks;
    return first && this.#chunks.length === 1 ? first : Buffer.concat(this.#chunks, this.#length);
  }
}
