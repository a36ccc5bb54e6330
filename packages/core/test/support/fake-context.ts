import type { AdapterContext, TelephonyError } from '../../src/index.ts';
import type { TracedValue } from '../../src/host.ts';

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
  readonly body?: string | Uint8Array<ArrayBuffer> | ReadableStream;
  /** Thrown instead of an answer. */
  readonly error?: TelephonyError;
}

export interface FakeContext extends AdapterContext {
  readonly sent: SentRequest[];
  readonly traced: TracedValue[];
}

/** A context whose vendor gives this answer; or several answers in turn, and the last of them from then on. */
export function fakeContext(replies: FakeReply | readonly FakeReply[] = {}): FakeContext {
  const list: readonly FakeReply[] = Array.isArray(replies) ? replies : [replies];
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
        body: given ? await given.text() : await textOf(init.body),
      });
      const {
        status = 200,
        headers = {},
        body = '{}',
        error,
      } = list[Math.min(sent.length, list.length) - 1] ?? {};
      if (error) throw error;
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

/** Bytes that are not valid UTF-8 are shown as Latin-1. */
async function textOf(body: RequestInit['body'] | undefined): Promise<string> {
  if (body === undefined || body === null) return '';
  const bytes = Buffer.from(await new Response(body).arrayBuffer());
  const text = bytes.toString('utf8');
  return text.includes('\ufffd') ? bytes.toString('latin1') : text;
}
