import type { FeatureName } from '../features/feature-name.ts';
import type { ErrorCode } from './error-code.ts';

/**
 * Whether the request reached the vendor. It decides what may be repeated: only `not_sent` is safe for what
 * dials, transfers or loads.
 *
 * - `not_sent`: nothing left this host (address refused, no connection, limit reached)
 * - `answered`: the vendor answered in full
 * - `unknown`: it left, or part of it, and no complete answer came
 *
 * If an error does not set it, `invalid_input`, `invalid_config`, `feature_off` and `address_blocked` without `vendor` are `not_sent`; `timeout`, `network`, `in_doubt` and
 * `internal` are `unknown`; all others are `answered`.
 */
export type Delivery = 'not_sent' | 'answered' | 'unknown';

/** The vendor's own words, kept in addition to ours. Masked by the host before anything is shown or stored. */
export interface VendorAnswer {
  /** HTTP status of the vendor's answer. */
  readonly status?: number | undefined;
  /** The message that a rule read from the answer. */
  readonly message?: string | undefined;
  /** The beginning of the raw answer, at most 500 characters. */
  readonly excerpt?: string | undefined;
}

/** What a {@link TelephonyError} is made of. */
export interface TelephonyErrorOptions {
  readonly code: ErrorCode;
  /** What happened, in one sentence. No secret, CPF, name or telephone number. */
  readonly message: string;
  /** What to do about it. */
  readonly hint?: string | undefined;
  readonly feature?: FeatureName | undefined;
  /** Defaults to what the code and `vendor` imply, and to `unknown` where they leave it open: see {@link Delivery}. */
  readonly delivery?: Delivery | undefined;
  /** Whether the same request may succeed later. Defaults to what the code implies: true of `not_ready`, `rate_limited`, `unavailable`, `timeout` and `network`. */
  readonly retryable?: boolean | undefined;
  /** When the vendor wants to be asked again, in milliseconds from now. */
  readonly retryAfterMs?: number | undefined;
  /** From the vendor's answer, if there was one. */
  readonly vendor?: VendorAnswer | undefined;
  readonly cause?: unknown;
}

const marker = Symbol.for('finaz-telephony.error');

const retryableCodes: ReadonlySet<ErrorCode> = new Set([
  'not_ready',
  'rate_limited',
  'unavailable',
  'timeout',
  'network',
]);

/** Errors detected before anything is sent. */
const unsentCodes: ReadonlySet<ErrorCode> = new Set([
  'invalid_input',
  'invalid_config',
  'feature_off',
  'address_blocked',
]);

/** Codes after which the operation may have been carried out all the same, whatever the vendor answered in between. */
const openCodes: ReadonlySet<ErrorCode> = new Set(['timeout', 'network', 'in_doubt', 'internal']);

/** The delivery of an error that does not set it. Never `not_sent` if something may have been sent: a repeated operation could call somebody twice. */
function impliedDelivery({ code, vendor }: TelephonyErrorOptions): Delivery {
  if (openCodes.has(code)) return 'unknown';
  return unsentCodes.has(code) && !vendor ? 'not_sent' : 'answered';
}

/** Whether the same request may succeed later. Says nothing of whether repeating it is safe: see {@link Delivery}. */
function isRetryableCode(code: ErrorCode): boolean {
  return retryableCodes.has(code);
}

/**
 * The one error of this framework. Recognise it by {@link TelephonyError.isInstance}, not by `instanceof`: an adapter may bring
 * its own copy of this package. Its fields are described at {@link TelephonyErrorOptions}.
 */
export class TelephonyError extends Error {
  override readonly name = 'TelephonyError';
  readonly code: ErrorCode;
  readonly feature: FeatureName | undefined;
  readonly hint: string | undefined;
  readonly delivery: Delivery;
  readonly retryable: boolean;
  readonly retryAfterMs: number | undefined;
  readonly vendor: VendorAnswer | undefined;

  constructor(options: TelephonyErrorOptions) {
    super(options.message, { cause: options.cause });
    Object.defineProperty(this, marker, { value: true });
    this.code = options.code;
    this.feature = options.feature;
    this.hint = options.hint;
    this.delivery = options.delivery ?? impliedDelivery(options);
    this.retryable = options.retryable ?? isRetryableCode(options.code);
    this.retryAfterMs = options.retryAfterMs;
    this.vendor = options.vendor;
  }

  /** Also recognises an error that comes from an adapter's own copy of this package. */
  static isInstance(error: unknown): error is TelephonyError {
    return typeof error === 'object' && error !== null && marker in error;
  }
}
