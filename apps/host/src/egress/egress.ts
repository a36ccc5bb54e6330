import type { X509Certificate } from 'node:crypto';
import type { ContextFetch, FeatureName } from '@finaz-telephony/core';
import type { Concealed } from '../exchanges/concealer.ts';

/** On whose behalf a request is sent, with which limits, and what must never be visible of it. */
export interface EgressScope {
  readonly tenantId: string;
  readonly connection: string;
  readonly feature: FeatureName | 'webhook' | 'credentials';
  readonly limits: {
    readonly requestsPerSecond: number;
    readonly concurrency: number;
    readonly timeoutMs: number;
  };
  /** The only certificate that is trusted: the server's own, or that of its authority. If absent, the public authorities are trusted. */
  readonly trust?: X509Certificate;
  /** Secret and personal values of this piece of work, which are masked in the recorded exchange, in any encoding. */
  readonly conceal: Concealed;
  readonly signal: AbortSignal;
  /** Called right before a request leaves, after all waiting, including that for a connection. If it returns false, nothing is sent. */
  readonly mayLeave?: () => boolean;
  /** Whether an exchange is worth keeping in the log; if absent, every exchange is. Masking one that nobody will read costs as much as sending it. */
  readonly keeps?: (isSuccess: boolean) => boolean;
}

/** One exchange, already masked. */
export interface ExchangeRecord {
  readonly scope: EgressScope;
  readonly at: number;
  readonly durationMs: number;
  readonly method: string;
  readonly url: string;
  readonly requestHeaders: Readonly<Record<string, string>>;
  readonly requestBody: string;
  readonly status: number | null;
  readonly responseHeaders: Readonly<Record<string, string>>;
  /** Text bodies only, cut to 4 kB; otherwise a description such as `[audio/wav, 65644 bytes]`. */
  readonly responseBody: string;
  readonly errorCode: string | null;
}

/** The only way by which requests leave this host. */
export interface Egress {
  /** A `fetch` for one piece of work. `record` is called once for each exchange when it is over, whether it succeeded or failed. */
  readonly fetchFor: (
    scope: EgressScope,
    record: (exchange: ExchangeRecord) => void,
  ) => ContextFetch;
  /** Aborts the exchanges under way. Nothing is sent afterwards. */
  readonly close: () => Promise<void>;
}
