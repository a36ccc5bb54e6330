import { TelephonyError, type AdapterContext, type ContextFetch } from '@finaz-telephony/core';
import type { TracedValue } from '@finaz-telephony/core/host';

/** Options of a test; everything has a default. */
export interface TestContextOptions {
  readonly signal?: AbortSignal | undefined;
  readonly timeZone?: string | undefined;
  readonly now?: (() => Date) | undefined;
  /** Milliseconds for a whole exchange if the adapter does not ask for a limit. */
  readonly timeoutMs?: number | undefined;
}

/** An {@link AdapterContext} that keeps what the adapter logs and traces. */
export interface TestContext extends AdapterContext {
  /** What the adapter logged, as JSON. */
  readonly logged: readonly string[];
  readonly traced: readonly TracedValue[];
}

// Captured when this file is loaded, because the suite replaces the global fetch to catch adapters that use it.
const systemFetch = globalThis.fetch;

/** What a host gives an adapter, for tests without a host: a `fetch` with the same errors, and no other access to the outside. */
export function createTestContext(options: TestContextOptions = {}): TestContext {
  const { timeZone = 'America/Sao_Paulo', now = () => new Date(), timeoutMs = 5000 } = options;
  const signal = options.signal ?? new AbortController().signal;
  const logged: string[] = [];
  const traced: TracedValue[] = [];
  const log = (fields: Readonly<Record<string, unknown>>, message: string) => {
    logged.push(JSON.stringify({ message, ...fields }));
  };
  return {
    tenant: { id: 'test', timeZone },
    connection: 'test',
    fetch: plainFetch(signal, timeoutMs),
    logger: { debug: log, info: log, warn: log, error: log },
    signal,
    now,
    trace: (value) => traced.push(value),
    logged,
    traced,
  };
}

/** Largest answer if the adapter does not ask for more, as on a host. */
const defaultResponseBytes = 1_048_576;

interface Exchange {
  /** Aborted when nobody waits for the operation any more. */
  readonly signal: AbortSignal;
  readonly timeout: AbortSignal;
  readonly timeoutMs: number;
}

function plainFetch(signal: AbortSignal, defaultTimeoutMs: number): ContextFetch {
  return async (url, init = {}) => {
    const {
      timeoutMs = defaultTimeoutMs,
      maxResponseBytes = defaultResponseBytes,
      withholdAnswer: _withheld,
      redirect = 'refuse',
      ...rest
    } = init;
    const exchange = { signal, timeout: AbortSignal.timeout(timeoutMs), timeoutMs };
    const ends = [signal, exchange.timeout, ...(rest.signal ? [rest.signal] : [])];
    try {
      const response = await systemFetch(url, {
        ...rest,
        redirect: redirect === 'follow' ? 'follow' : 'manual',
        signal: AbortSignal.any(ends),
      });
      return withWatchedBody(response, exchange, maxResponseBytes);
    } catch (error) {
      throw asHostError(error, exchange);
    }
  };
}

/** The same answer, whose body fails with the errors of a host's. */
function withWatchedBody(response: Response, exchange: Exchange, maxBytes: number): Response {
  const { body, status, statusText, headers, url } = response;
  if (!body) return response;
  async function* read(given: ReadableStream<Uint8Array>) {
    let length = 0;
    try {
      for await (const chunk of given) {
        length += chunk.byteLength;
        if (length > maxBytes) throw tooLarge(maxBytes, status);
        yield chunk;
      }
    } catch (error) {
      throw asHostError(error, exchange);
    }
  }
  const watched = new Response(ReadableStream.from(read(body)), { status, statusText, headers });
  return Object.defineProperty(watched, 'url', { value: url });
}

const tooLarge = (maxBytes: number, status: number) =>
  new TelephonyError({
    code: 'response_too_large',
    message: `The answer has more than ${maxBytes} bytes.`,
    hint: 'A request for a recording or a long report gives maxResponseBytes.',
    vendor: { status },
  });

function asHostError(error: unknown, { signal, timeout, timeoutMs }: Exchange): TelephonyError {
  if (TelephonyError.isInstance(error)) return error;
  if (timeout.aborted && !signal.aborted) {
    return new TelephonyError({
      code: 'timeout',
      message: `No answer within ${timeoutMs} ms.`,
      delivery: 'unknown',
      cause: error,
    });
  }
  const refused = codeOf(error) === 'ECONNREFUSED' || codeOf(error) === 'ENOTFOUND';
  const broken = refused ? 'No connection could be made.' : 'The connection broke.';
  return new TelephonyError({
    code: 'network',
    message: signal.aborted ? 'The request was given up: nobody waits for it.' : broken,
    delivery: refused ? 'not_sent' : 'unknown',
    cause: error,
  });
}

function codeOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  return typeof cause === 'object' && cause !== null && 'code' in cause ? String(cause.code) : '';
}
