import { Readable } from 'node:stream';
import { afterSending, TelephonyError, type ContextRequestInit } from '@finaz-telephony/core';
import type { EgressResponse } from './egress-response.ts';
import type { OutgoingBody } from './outgoing-body.ts';

const mostRedirects = 5;
const redirectStatuses: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/** One request of a chain of redirects. */
export interface Hop {
  readonly url: URL;
  readonly init: ContextRequestInit;
  readonly body: OutgoingBody;
}

/** Sends a request and follows redirects. @throws {TelephonyError} */
export async function followRedirects(
  first: Hop,
  send: (hop: Hop) => Promise<EgressResponse>,
): Promise<EgressResponse> {
  let hop = first;
  for (let redirects = 0; redirects <= mostRedirects; redirects += 1) {
    const response = await send(hop).catch((error: unknown) => {
      // After the first hop, the vendor has received the request, even if the next hop fails.
      throw redirects === 0 ? error : afterSending(error);
    });
    const location = response.headers.get('location');
    if (!redirectStatuses.has(response.status) || location === null) return response;
    await response.drop();
    hop = redirected(hop, response.status, locationUrl(location, hop.url));
  }
  throw new TelephonyError({
    code: 'unreadable_response',
    message: `The telephone system redirected more than ${mostRedirects} times.`,
    hint: 'Write the final address into the connection.',
    delivery: 'answered',
  });
}

/** The request to the next address. Another origin gets no credential and no body, because the document meant them for the first. */
function redirected({ url, init, body }: Hop, status: number, next: URL): Hop {
  const method = (init.method ?? 'GET').toUpperCase();
  const becomesGet = status === 303 || ((status === 301 || status === 302) && method === 'POST');
  const isSameOrigin = next.origin === url.origin;
  const isRepeatable = isSameOrigin && !(body.content instanceof Readable);
  if (!becomesGet && body.content !== undefined && !isRepeatable) {
    throw new TelephonyError({
      code: 'unreadable_response',
      message: isSameOrigin
        ? `The telephone system redirected a ${method} whose body can be sent only once.`
        : `The telephone system redirected a ${method} with its body to another host, which is refused.`,
      hint: 'Write the final address into the connection.',
      delivery: 'answered',
    });
  }
  const headers = new Headers(init.headers);
  const range = headers.get('range');
  const nextHeaders = isSameOrigin ? headers : new Headers(range === null ? {} : { range });
  const noBody: OutgoingBody = { content: undefined, sample: '' };
  return {
    url: next,
    init: { ...init, method: becomesGet ? 'GET' : method, headers: nextHeaders },
    body: becomesGet ? noBody : body,
  };
}

function locationUrl(location: string, base: URL): URL {
  try {
    return new URL(location, base);
  } catch (error) {
    throw new TelephonyError({
      code: 'unreadable_response',
      message: 'The telephone system redirected to something that is not an address.',
      hint: 'Write the final address into the connection.',
      delivery: 'answered',
      cause: error,
    });
  }
}
