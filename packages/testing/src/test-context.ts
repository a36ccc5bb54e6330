import {
  TelephonyError,
  type AdapterContext,
  type ContextFetch,
  type TracedValue,
} from '@finaz-telephony/core';

export interface TestContextOptions {
  readonly signal?: AbortSignal;
  readonly timeZone?: string;
  readonly now?: () => Date;
  /** Time for a whole exchange where the adapter asks for none. */
  readonly timeoutMs?: number;
}

export interface TestContext extends AdapterContext {
  /** What the adapter logged, as JSON. */
  readonly logged: readonly string[];
  readonly traced: readonly TracedValue[];
}

// Taken when this file is loaded: the suite closes the global one to adapters.
const systemFetch = globalThis.fetch;

/** What a host gives an adapter, for tests without a host: a `fetch` with the same errors, and nothing else of the outside. */
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

function plainFetch(signal: AbortSignal, defaultTimeoutMs: number): ContextFetch {
  return async (url, init = {}) => {
    const {
      timeoutMs = defaultTimeoutMs,
      maxResponseBytes: _,
      withholdAnswer: _withheld,
      redirect = 'refuse',
      ...rest
    } = init;
    const timeout = AbortSignal.timeout(timeoutMs);
    try {
      return await systemFetch(url, {
        ...rest,
        redirect: redirect === 'follow' ? 'follow' : 'manual',
        signal: AbortSignal.any([signal, timeout]),
      });
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      if (timeout.aborted) {
        throw new TelephonyError({
          code: 'timeout',
          message: `No answer within ${timeoutMs} ms.`,
          delivery: 'unknown',
          cause: error,
        });
      }
      const refused = codeOf(error) === 'ECONNREFUSED' || codeOf(error) === 'ENOTFOUND';
      throw new TelephonyError({
        code: 'network',
        message: refused ? 'No connection could be made.' : 'The connection broke.',
        delivery: refused ? 'not_sent' : 'unknown',
        cause: error,
      });
    }
  };
}

function codeOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  return typeof cause === 'object' && cause !== null && 'code' in cause ? String(cause.code) : '';
}
