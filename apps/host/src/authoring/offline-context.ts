import type { AdapterContext, ContextRequestInit } from '@finaz-telephony/core';
import { responseOf, type KeptReply } from '../calls/kept-reply.ts';

/** A request as an adapter would send it. */
export interface ShownRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface OfflineContext extends AdapterContext {
  /** What would have been sent. */
  readonly sent: readonly ShownRequest[];
}

/** No more answers were kept than these. */
class NoMoreReplies extends Error {
  override readonly name = 'NoMoreReplies';
}

/** The moment of all samples: what they hold must be the same each time. */
const sampleMoment = new Date('2026-01-15T12:00:00Z');

/** Kept answers in the place of a telephone system: nothing is sent. */
export function createOfflineContext(
  tenant: AdapterContext['tenant'],
  connection: string,
  replies: readonly KeptReply[],
): OfflineContext {
  const sent: ShownRequest[] = [];
  const ignore = () => undefined;
  return {
    tenant,
    connection,
    sent,
    async fetch(url, init = {}) {
      sent.push(await shownRequest(url, init));
      const reply = replies[sent.length - 1];
      if (!reply) throw new NoMoreReplies('no reply was kept for this request');
      return responseOf(reply);
    },
    logger: { debug: ignore, info: ignore, warn: ignore, error: ignore },
    signal: new AbortController().signal,
    now: () => sampleMoment,
  };
}

/** The boundary between the parts of a form is another one each time, and no part of what is said. */
async function shownRequest(url: string | URL, init: ContextRequestInit): Promise<ShownRequest> {
  const request = new Request(url, {
    method: init.method ?? 'GET',
    headers: init.headers ?? {},
    ...(init.body !== undefined && init.body !== null && { body: init.body, duplex: 'half' }),
  });
  const headers = Object.fromEntries(request.headers);
  const body = await request.text();
  const boundary = /boundary="?([^";]+)/.exec(headers['content-type'] ?? '')?.[1];
  if (boundary === undefined) return { method: request.method, url: String(url), headers, body };
  return {
    method: request.method,
    url: String(url),
    headers: {
      ...headers,
      'content-type': (headers['content-type'] ?? '').replace(boundary, 'BOUNDARY'),
    },
    body: body.replaceAll(boundary, 'BOUNDARY'),
  };
}
