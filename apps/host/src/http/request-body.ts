import { createGunzip } from 'node:zlib';
import { brokenBody } from './broken-body.ts';
import { invalidRequest, RequestError } from './request-error.ts';
import type { HostContext } from './host-env.ts';
import { runThrough } from './run-through.ts';

/**
 * The body of a request of any length, chunk by chunk, decompressed if it is gzip.
 *
 * @throws {RequestError} 415 for another encoding; 400 if there is none, and, while reading, if it breaks off or is not gzip
 */
export function requestBody(context: HostContext): AsyncIterable<Uint8Array> {
  const { body } = context.req.raw;
  if (!body) throw invalidRequest([{ path: 'body', message: 'is missing' }]);
  const encoding = context.req.header('Content-Encoding')?.toLowerCase() ?? 'identity';
  const chunks = readToEnd(body);
  if (encoding === 'identity') return whole(chunks, 'ends too early');
  if (encoding === 'gzip' || encoding === 'x-gzip') {
    return whole(runThrough(chunks, createGunzip()), 'is not a gzip file, or ends too early');
  }
  throw new RequestError(415, 'unsupported_media_type', `A body in ${encoding} cannot be read.`, {
    hint: 'Send it as it is, or with "Content-Encoding: gzip".',
  });
}

async function* whole(
  chunks: AsyncIterable<Uint8Array>,
  otherwise: string,
): AsyncGenerator<Uint8Array> {
  try {
    yield* chunks;
  } catch (error) {
    brokenBody(otherwise)(error);
  }
}

/**
 * Reads and discards what the reader leaves: otherwise the rest would stand before the next request on the same connection, and the server would close that
 * connection half a second after the answer.
 */
async function* readToEnd(body: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  const reader = body.getReader();
  const left = async () => {
    while (!(await reader.read()).done);
  };
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield value;
    }
  } finally {
    left().catch(() => undefined);
  }
}
