import { Readable } from 'node:stream';
import { sampleLength } from './body-sample.ts';

export interface OutgoingBody {
  readonly content: string | Buffer | Readable | undefined;
  /** Where the content brings its own: multipart with its boundary. */
  readonly contentType?: string;
  /** For the log of exchanges. */
  readonly sample: string;
}

/** Any body that `fetch` takes, as the transport wants it. */
export async function outgoingBody(body: RequestInit['body'] | undefined): Promise<OutgoingBody> {
  if (body === undefined || body === null) return { content: undefined, sample: '' };
  if (typeof body === 'string') return { content: body, sample: body.slice(0, sampleLength) };
  if (body instanceof ReadableStream) return { content: readableOf(body), sample: '[stream]' };
  const whole = new Response(body);
  const content = Buffer.from(await whole.arrayBuffer());
  const contentType = whole.headers.get('content-type');
  return {
    content,
    // Cut by its characters, as a text is, of which each has three bytes at most. A sample that is shorter passes for the whole.
    sample: content
      .subarray(0, 3 * sampleLength)
      .toString('utf8')
      .slice(0, sampleLength),
    ...(contentType !== null && { contentType }),
  };
}

/** What the content of a request has thrown while it was made. It says nothing of the vendor. */
export class ContentFailure extends Error {
  override readonly name = 'ContentFailure';
  readonly thrown: unknown;

  constructor(thrown: unknown) {
    super('the content of a request could not be made to its end');
    this.thrown = thrown;
  }
}

export const thrownIn = (error: unknown): unknown =>
  error instanceof ContentFailure ? error.thrown : error;

function readableOf(body: ReadableStream): Readable {
  const reader = body.getReader();
  // No generator: one that was never begun would not end the body.
  const chunks = {
    next: () =>
      reader.read().catch((error: unknown) => {
        throw new ContentFailure(error);
      }),
    // Also while a chunk is waited for, which may never come. A body that has failed fails here again, and must not hide its first failure.
    async return() {
      await reader.cancel().catch(() => undefined);
      return { done: true, value: undefined };
    },
  };
  const readable = Readable.from({ [Symbol.asyncIterator]: () => chunks }, { objectMode: false });
  // The transport begins to read before it asks whether the request may be sent. If it may not, nobody listens any more, and an unhandled failure would end the host.
  readable.on('error', () => undefined);
  return readable;
}
