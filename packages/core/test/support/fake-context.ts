import type { AdapterContext, TracedValue } from '../../src/index.ts';

/** A request as a template sent it. */
export interface SentRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Record<string, string>;
  readonly body: string;
}

export interface FakeReply {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array<ArrayBuffer>;
}

export interface FakeContext extends AdapterContext {
  readonly sent: SentRequest[];
  readonly traced: TracedValue[];
}

/** A context whose vendor always answers the same. */
export function fakeContext({
  status = 200,
  headers = {},
  body = '{}',
}: FakeReply = {}): FakeContext {
  const sent: SentRequest[] = [];
  const traced: TracedValue[] = [];
  const ignore = () => undefined;
  return {
    tenant: { id: '1042', timeZone: 'America/Sao_Paulo' },
    connection: 'dialer',
    async fetch(url, init = {}) {
      const given = init.body instanceof FormData ? new Response(init.body) : undefined;
      sent.push({
        method: init.method ?? 'GET',
        url: String(url),
        headers: {
          ...Object.fromEntries(new Headers(init.headers)),
          ...(given && { 'content-type': given.headers.get('content-type') ?? '' }),
        },
        body: given ? await given.text() : typeof init.body === 'string' ? init.body : '',
      });
      return new Response(status === 204 ? null : body, { status, headers });
    },
    logger: { debug: ignore, info: ignore, warn: ignore, error: ignore },
    signal: new AbortController().signal,
    now: () => new Date('2026-11-24T12:00:00Z'),
    trace: (value) => traced.push(value),
    sent,
    traced,
  };
}
