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
  /** From now on this value is masked in everything that is recorded of this piece of work: a token that a login has given, for instance. */
  readonly conceal?: (value: string) => void;
  /** Nothing is sent: `fetch` shows each request and fails. A stand-in for its answer may be used, so that the requests after it are shown too. */
  readonly isPreview?: boolean;
  /** Present in a preview or test: tells where each value of the request came from. */
  readonly trace?: (value: TracedValue) => void;
  /**
   * A sample of a notification is tried, and no event comes of it. Its signature is told of by `explain`, and the rest is read whatever it is: secrets may be stood in for, and a
   * sample that was kept is too old. Never set for what a telephone system has sent.
   */
  readonly isSample?: boolean;
  /** Present where an answer or a notification is tried: tells how it was read, step by step. */
  readonly explain?: (step: ReadingStep) => void;
}

/** As of the platform's `fetch`, with what a host has to know besides. */
export interface ContextRequestInit extends Omit<RequestInit, 'redirect'> {
  /** Milliseconds for the whole exchange, until the last byte of the body. Bounded by the host's own limit. */
  readonly timeoutMs?: number | undefined;
  /** Largest answer after inflating. Bounded by the host's own limit. */
  readonly maxResponseBytes?: number | undefined;
  /** `refuse` (default): a 3xx is returned as it is. `follow`: at most five, each checked again, credentials dropped across hosts. */
  readonly redirect?: 'refuse' | 'follow' | undefined;
  /** The answer brings credentials: its body is not written down. */
  readonly withholdAnswer?: boolean | undefined;
  /** Needed with a stream as body. */
  readonly duplex?: 'half';
}

/**
 * As the platform's `fetch`, without `Request` objects.
 *
 * @throws {TelephonyError} whose `delivery` says whether the request has left. What a stream that is its body throws is thrown as it is; one that is not sent
 * to its end is cancelled.
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
