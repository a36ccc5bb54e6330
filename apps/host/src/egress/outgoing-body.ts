import { Readable } from 'node:stream';
import { decodeWhole } from '@finaz-telephony/core/host';
import { sampleLength } from './body-sample.ts';

export interface OutgoingBody {
  readonly content: string | Buffer | Readable | undefined;
  /** Present if the content determines it, as multipart does with its boundary. */
  readonly contentType?: string;
  /** The beginning, for the log of exchanges. */
  readonly sample: string;
}

/** Turns any body that `fetch` accepts into one that undici accepts. */
export async function outgoingBody(body: RequestInit['body'] | undefined): Promise<OutgoingBody> {
  if (body === undefined || body === null) return { content: undefined, sample: '' };
  if (typeof body === 'string') return { content: body, sample: body.slice(0, sampleLength) };
  if (body instanceof ReadableStream) return { content: readableOf(body), sample: '[stream]' };
  const whole = new Response(body);
  const content = Buffer.from(await whole.arrayBuffer());
  const contentType = whole.headers.get('content-type');
  return {
    content,
    // Cut by characters, each of which has at most three bytes: a sample shorter than `sampleLength` would count as the whole body.
    sample: decodeWhole(content.subarray(0, 3 * sampleLength)).slice(0, sampleLength),
    ...(contentType !== null && { contentType }),
  };
}

/** Wraps an error that was thrown while the content of a request was generated. Says nothing about the vendor. */
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
  // Not a generator: returning one that was never started would not cancel the body.
  const chunks = {
    next: () =>
      reader.read().catch((error: unknown) => {
        throw new ContentFailure(error);
      }),
    // Cancels even while waiting for a chunk that may never come. A body that has failed rejects here again, which must not hide the first failure.
    async return() {
      await reader.cancel().catch(() => undefined);
      return { done: true, value: undefined };
    },
  };
  const readable = Readable.from({ [Symbol.asyncIterator]: () => chunks }, { objectMode: false });
  // undici begins to read before `onRequestStart`. If that refuses the request, nobody listens to the stream any more, and an unhandled error would end the
  // host.
  readable.on('error', () => undefined);
  return readable;
}
