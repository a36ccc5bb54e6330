import { TelephonyError } from '@finaz-telephony/core';
import {
  BrokenCircuitError,
  bulkhead,
  BulkheadRejectedError,
  circuitBreaker,
  ConsecutiveBreaker,
  handleWhen,
  wrap,
  type IBackoff,
} from 'cockatiel';
import { TokenBucket } from '../token-bucket.ts';
import { GivenUpError, SocketsBusyError } from './egress-error.ts';
import type { EgressScope } from './egress.ts';
import { capital, nameOf } from './party.ts';

/** After this many failures in a row, nothing is sent for a while: the vendor is down, and callers should learn that at once. */
const failuresUntilOpen = 10;
const halfOpenAfterMs = 5000;
/** Longest wait of a request for the rate limit. */
const longestWaitMs = 2000;

/**
 * What the breaker is given instead of the real failure. The breaker keeps the last one as long as the connection exists, and the real one would keep the
 * failed request in memory, with the company's secrets of that time.
 */
const vendorFailed = new Error('the vendor has failed');

/** Rate, concurrency and circuit breaker of one connection of one tenant. */
export interface ConnectionGate {
  readonly pass: <Result>(send: () => Promise<Result>) => Promise<Result>;
}

export function createConnectionGate(scope: EgressScope, now: () => number): ConnectionGate {
  const { connection, limits } = scope;
  const breaker = circuitBreaker(
    handleWhen((error) => error === vendorFailed),
    {
      halfOpenAfter: { next: () => pauseFrom(now) },
      breaker: new ConsecutiveBreaker(failuresUntilOpen),
    },
  );
  const policy = wrap(bulkhead(limits.concurrency, limits.concurrency), breaker);
  // The requests of one second may be sent at once.
  const capacity = Math.max(1, limits.requestsPerSecond);
  const bucket = new TokenBucket(limits.requestsPerSecond, capacity, now());
  let last: LastFailure = { message: '', hint: undefined };

  return {
    async pass(send) {
      const at = now();
      const waitMs = bucket.waitMs(at);
      if (waitMs > longestWaitMs) throw tooMany(connection, 'requests each second', waitMs);
      bucket.take(at);
      if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
      let failure: unknown;
      const told = async () => {
        try {
          return await send();
        } catch (error) {
          if (!isVendorFailure(error)) throw error;
          failure = error;
          last = { message: error.message, hint: error.hint };
          throw vendorFailed;
        }
      };
      try {
        return await policy.execute(told);
      } catch (error) {
        if (error === vendorFailed) throw failure;
        if (error instanceof BulkheadRejectedError)
          throw tooMany(connection, 'requests at once', 1000);
        if (error instanceof BrokenCircuitError) throw circuitOpen(scope, last);
        throw error;
      }
    },
  };
}

/**
 * How long the breaker stays open. cockatiel measures by the time of day: if the clock were set back by an hour, nothing would be sent for an hour. So
 * cockatiel is only told whether the time is over.
 */
function pauseFrom(now: () => number): IBackoff<unknown> {
  const until = now() + halfOpenAfterMs;
  return {
    get duration() {
      return now() < until ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY;
    },
    next: () => pauseFrom(now),
  };
}

/** Whether the vendor could not be reached. Any answer, even a 500, shows that it can be. */
function isVendorFailure(error: unknown): error is TelephonyError {
  return (
    TelephonyError.isInstance(error) &&
    !(error instanceof GivenUpError) &&
    !(error instanceof SocketsBusyError) &&
    (error.code === 'network' || error.code === 'timeout')
  );
}

function tooMany(connection: string, what: string, retryAfterMs: number): TelephonyError {
  return new TelephonyError({
    code: 'rate_limited',
    message: `The connection "${connection}" has reached its limit of ${what}.`,
    hint: 'Send more slowly, or raise limits of the connection in the tenant document.',
    delivery: 'not_sent',
    retryAfterMs,
  });
}

/** Only the texts of the last error are kept, which the host has written itself. */
type LastFailure = Pick<TelephonyError, 'message' | 'hint'>;

function circuitOpen(scope: EgressScope, { message, hint = '' }: LastFailure): TelephonyError {
  return new TelephonyError({
    code: 'unavailable',
    message: `${capital(nameOf(scope))} of the connection "${scope.connection}" has failed ${failuresUntilOpen} times in a row; nothing is sent to it for ${halfOpenAfterMs / 1000} s. The last time: ${message}`,
    hint: `${hint} The next request after that time tries again.`.trimStart(),
    delivery: 'not_sent',
    retryAfterMs: halfOpenAfterMs,
  });
}
