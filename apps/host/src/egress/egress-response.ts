import type { Readable } from 'node:stream';
import { collect, limited, type BodySample } from './response-body.ts';

export interface EgressResponseParts {
  readonly url: string;
  readonly status: number;
  readonly headers: Headers;
  /** Inflated. */
  readonly stream: Readable;
  /** Whether its length is announced, and within `maxBytes`: then nothing need be counted on its way. */
  readonly isBounded: boolean;
  readonly maxBytes: number;
  /** Filled while the body is read as a whole. */
  readonly sample: BodySample;
  /** Turns what went wrong while reading into the framework's own error. */
  readonly asError: (error: unknown) => unknown;
}

/**
 * A `Response` over a Node stream. Building the platform's own for every exchange would cost several times the exchange itself; and the
 * host can pipe `stream` to a listener without web streams in between.
 */
export class EgressResponse implements Response {
  readonly status: number;
  readonly headers: Headers;
  readonly url: string;
  readonly redirected = false;
  readonly statusText = '';
  readonly type = 'basic';
  readonly #stream: Readable;
  readonly #isBounded: boolean;
  readonly #maxBytes: number;
  readonly #sample: BodySample;
  readonly #asError: (error: unknown) => unknown;
  #taken = false;
  /** What the reader holds of the stream. */
  #outlet: Readable;
  #web: ReadableStream<Uint8Array<ArrayBuffer>> | undefined;

  constructor(parts: EgressResponseParts) {
    this.status = parts.status;
    this.headers = parts.headers;
    this.url = parts.url;
    this.#stream = parts.stream;
    this.#outlet = parts.stream;
    this.#isBounded = parts.isBounded;
    this.#maxBytes = parts.maxBytes;
    this.#sample = parts.sample;
    this.#asError = parts.asError;
  }

  get ok(): boolean {
    return this.status >= 200 && this.status < 300;
  }

  get bodyUsed(): boolean {
    return this.#taken;
  }

  /** The body as a Node stream; may be taken once, like every body. */
  get stream(): Readable {
    this.#take();
    return this.#counted();
  }

  get body(): ReadableStream<Uint8Array<ArrayBuffer>> {
    this.#web ??= this.#webStream();
    return this.#web;
  }

  async bytes(): Promise<Uint8Array<ArrayBuffer>> {
    return new Uint8Array(await this.arrayBuffer());
  }

  async arrayBuffer(): Promise<ArrayBuffer> {
    const buffer = await this.#collect();
    const copy = new ArrayBuffer(buffer.byteLength);
    new Uint8Array(copy).set(buffer);
    return copy;
  }

  async blob(): Promise<Blob> {
    return new Blob([await this.arrayBuffer()], { type: this.headers.get('content-type') ?? '' });
  }

  async text(): Promise<string> {
    const buffer = await this.#collect();
    const charset =
      /charset="?([\w-]+)/i.exec(this.headers.get('content-type') ?? '')?.[1] ?? 'utf-8';
    if (/^utf-?8$/i.test(charset)) return buffer.toString('utf8').replace(/^\ufeff/, '');
    try {
      return new TextDecoder(charset).decode(buffer);
    } catch {
      return buffer.toString('utf8');
    }
  }

  async json(): Promise<unknown> {
    return JSON.parse(await this.text());
  }

  async formData(): Promise<FormData> {
    return new Response(await this.arrayBuffer(), { headers: this.headers }).formData();
  }

  /** Wants no more of the answer. Resolves when its exchange is over and recorded. */
  async drop(): Promise<void> {
    this.#taken = true;
    if (this.#stream.closed) return;
    const over = new Promise((resolve) => {
      this.#stream.once('close', resolve);
    });
    this.#outlet.destroy();
    await over;
  }

  clone(): Response {
    throw new TypeError(
      'the answer of a telephone system is read once: keep what was read instead of a clone',
    );
  }

  #take(): void {
    if (this.#taken) throw new TypeError('the body was read already');
    this.#taken = true;
  }

  async #collect(): Promise<Buffer> {
    this.#take();
    try {
      return await collect(this.#stream, this.#maxBytes, this.#sample);
    } catch (error) {
      throw this.#asError(error);
    }
  }

  #counted(): Readable {
    if (!this.#isBounded) this.#outlet = limited(this.#stream, this.#maxBytes);
    return this.#outlet;
  }

  #webStream(): ReadableStream<Uint8Array<ArrayBuffer>> {
    let chunks: AsyncIterator<Buffer> | undefined;
    // Looking at `body` reads nothing yet.
    return new ReadableStream(
      {
        pull: async (controller) => {
          try {
            chunks ??= this.stream[Symbol.asyncIterator]();
            const { done, value } = await chunks.next();
            if (done) controller.close();
            else controller.enqueue(Uint8Array.from(value));
          } catch (error) {
            controller.error(this.#asError(error));
          }
        },
        cancel: () => this.drop(),
      },
      { highWaterMark: 0 },
    );
  }
}
