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

function readableOf(body: ReadableStream): Readable {
  const readable = Readable.from(body, { objectMode: false });
  // The transport begins to read before it asks whether the request may leave. Where it may not, nobody listens any more, and an unhandled failure would end the host.
  readable.on('error', () => undefined);
  return readable;
}
