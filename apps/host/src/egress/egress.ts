import type { X509Certificate } from 'node:crypto';
import type { ContextFetch, FeatureName } from '@finaz-telephony/core';
import type { Concealed } from '../exchanges/concealer.ts';

/** For whom a request goes out, and what must never be seen of it. */
export interface EgressScope {
  readonly tenantId: string;
  readonly connection: string;
  readonly feature: FeatureName | 'webhook' | 'credentials';
  readonly limits: {
    readonly requestsPerSecond: number;
    readonly concurrency: number;
    readonly timeoutMs: number;
  };
  /** The one certificate that proves whom it reaches: the server's own, or that of its authority. Where absent, the public authorities do. */
  readonly trust?: X509Certificate;
  /** Secret and personal values of this piece of work, masked by value in what is recorded, in any encoding. */
  readonly conceal: Concealed;
  readonly signal: AbortSignal;
  /** Asked right before a request leaves, after whatever it has waited for, a connection too: where it says no, nothing is sent. */
  readonly mayLeave?: () => boolean;
  /** Whether an exchange is worth keeping in the log; where absent, every one is. Masking what nobody will read costs as much as sending it. */
  readonly keeps?: (isSuccess: boolean) => boolean;
}

/** One exchange as it was, already masked. */
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

/** The one way out of this host. */
export interface Egress {
  /** A `fetch` for one piece of work. `record` is called once for each exchange, when it is over, whatever its end. */
  readonly fetchFor: (
    scope: EgressScope,
    record: (exchange: ExchangeRecord) => void,
  ) => ContextFetch;
  /** Breaks off what is under way. Nothing leaves any more. */
  readonly close: () => Promise<void>;
}
