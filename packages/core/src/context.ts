import type { ReadingStep } from './reading.ts';

/** What the host gives an adapter for one piece of work. There is no other way to the outside: no global `fetch`, no disk, no environment. */
export interface AdapterContext {
  /** The company: its id at Finaz, and its IANA time zone, for example `America/Sao_Paulo`. */
  readonly tenant: { readonly id: string; readonly timeZone: string };
  /** The tenant's name of the connection that this adapter instance serves. */
  readonly connection: string;
  /**
   * The only way out: `fetch` behind the host's address guard, limits, circuit breaker and masked exchange log. Redirects are refused unless
   * asked for. Fails with a {@link TelephonyError} whose `delivery` tells whether the request left. HTTP error statuses are answers, not failures.
   */
  readonly fetch: ContextFetch;
  readonly logger: Logger;
  /** Aborted when nobody waits for the result any more, or when the host shuts down. */
  readonly signal: AbortSignal;
  /** The clock: tests may set it. */
  readonly now: () => Date;
  /** Masks this value, from now on, in everything that is recorded of this piece of work: a token that a login has returned, for instance. */
  readonly conceal?: (value: string) => void;
  /** A preview: `fetch` shows the request, sends nothing and fails. A stand-in may replace the missing answer, so that the requests after it are shown too. */
  readonly isPreview?: boolean;
  /** Present in a preview or test: tells where each value of the request came from. */
  readonly trace?: (value: TracedValue) => void;
  /**
   * A sample of a notification is being tried, and no event comes of it. Report the result of its signature by `explain`, and read the rest even if the
   * signature is wrong: secrets may be replaced by stand-ins, and a stored sample is too old. Never set for what a telephone system has sent.
   */
  readonly isSample?: boolean;
  /** Present while an answer or a notification is being tried: reports how it was read, step by step. */
  readonly explain?: (step: ReadingStep) => void;
}

/** The platform's `RequestInit`, with what the host has to know in addition. */
export interface ContextRequestInit extends Omit<RequestInit, 'redirect'> {
  /** Milliseconds for the whole exchange, until the last byte of the body. Bounded by the host's own limit. */
  readonly timeoutMs?: number | undefined;
  /** Largest answer after inflating. Bounded by the host's own limit. */
  readonly maxResponseBytes?: number | undefined;
  /** `refuse` (default): a 3xx is returned as it is. `follow`: at most five, each checked again, credentials dropped across hosts. */
  readonly redirect?: 'refuse' | 'follow' | undefined;
  /** The answer contains credentials: its body is not recorded. */
  readonly withholdAnswer?: boolean | undefined;
  /** Required if the body is a stream. */
  readonly duplex?: 'half';
}

/**
 * The platform's `fetch`, without `Request` objects.
 *
 * @throws {TelephonyError} whose `delivery` says whether the request has left. If the body is a stream, what the stream throws is thrown unchanged; a stream
 * that is not sent to its end is cancelled.
 */
export type ContextFetch = (url: string | URL, init?: ContextRequestInit) => Promise<Response>;

/** Structured log. Values are masked by the host, but do not hand it personal data in the first place. */
export interface Logger {
  readonly debug: LogMethod;
  readonly info: LogMethod;
  readonly warn: LogMethod;
  readonly error: LogMethod;
}
/** Fields first, then what happened in words. */
export type LogMethod = (fields: Readonly<Record<string, unknown>>, message: string) => void;

/** One value of a rendered request. */
export interface TracedValue {
  /** Where it stands, for example `url`, `headers.Authorization`, `body.number`. */
  readonly place: string;
  /** The expression as written, for example `areaCode`. */
  readonly expression: string;
  readonly value: string;
  /** `input`: the caller or the CRM; `parameter`: the caller's own; `variable`: the connection's settings; `literal`, `capture`, `system`. */
  readonly source: 'input' | 'parameter' | 'variable' | 'capture' | 'system' | 'literal';
}
