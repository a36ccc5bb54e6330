import type { IncomingHttpHeaders } from 'node:http';
import type { Readable } from 'node:stream';
import type { AnswerBody } from './answer-body.ts';

export interface EgressResponseParts {
  readonly url: string;
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** The body, already inflated. */
  readonly body: AnswerBody;
  /** Whether the body was inflated, so that its length is not the one that the vendor announced. */
  readonly isInflated: boolean;
  /** Turns a failure while reading into a `TelephonyError`. */
  readonly asError: (error: unknown) => unknown;
}

/**
 * A `Response` on top of undici's dispatcher. Creating the platform's `Response` for every exchange would cost several times the exchange itself; and the host
 * can pipe `stream` to a listener without web streams in between.
 */
export class EgressResponse implements Response {
  readonly status: number;
  readonly url: string;
  readonly redirected = false;
  readonly statusText = '';
  readonly type = 'basic';
  readonly #parts: EgressResponseParts;
  #taken = false;
  #headers: Headers | undefined;
  #web: ReadableStream<Uint8Array<ArrayBuffer>> | undefined;

  constructor(parts: EgressResponseParts) {
    this.status = parts.status;
    this.url = parts.url;
    this.#parts = parts;
  }

  /** Created on first use, because hardly any connection reads a header. */
  get headers(): Headers {
    this.#headers ??= toHeaders(this.#parts.headers, this.#parts.isInflated);
    return this.#headers;
  }

  get ok(): boolean {
    return this.status >= 200 && this.status < 300;
  }

  get bodyUsed(): boolean {
    return this.#taken;
  }

  /** The body as a Node stream. A body can be taken only once. */
  get stream(): Readable {
    this.#take();
    return this.#parts.body.stream();
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
      /charset="?([\w-]+)/i.exec(this.#parts.headers['content-type'] ?? '')?.[1] ?? 'utf-8';
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

  /** Discards the rest of the answer. Resolves when the exchange is over and recorded. */
  drop(): Promise<void> {
    this.#taken = true;
    return this.#parts.body.drop();
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
    return this.#parts.body.whole();
  }

  #webStream(): ReadableStream<Uint8Array<ArrayBuffer>> {
    let chunks: AsyncIterator<Buffer> | undefined;
    // Accessing `body` must not start reading.
    return new ReadableStream(
      {
        pull: async (controller) => {
          try {
            chunks ??= this.stream[Symbol.asyncIterator]();
            const { done, value } = await chunks.next();
            if (done) controller.close();
            else controller.enqueue(Uint8Array.from(value));
          } catch (error) {
            controller.error(this.#parts.asError(error));
          }
        },
        cancel: () => this.drop(),
      },
      { highWaterMark: 0 },
    );
  }
}

function toHeaders(incoming: IncomingHttpHeaders, isInflated: boolean): Headers {
  const headers = new Headers();
  for (const [name, value] of Object.entries(incoming)) {
    if (value === undefined) continue;
    if (isInflated && (name === 'content-encoding' || name === 'content-length')) continue;
    if (Array.isArray(value)) for (const item of value) headers.append(name, item);
    else headers.append(name, value);
  }
  return headers;
}
