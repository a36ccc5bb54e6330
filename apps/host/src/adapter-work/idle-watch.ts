import { TelephonyError, type ContextFetch, type FeatureName } from '@finaz-telephony/core';
import { longestExchangeMs } from '../egress/dispatch.ts';

/** Longer than any legitimate pause between two requests of an adapter, including the generation of a file of a million contacts. */
const longestIdleMs = 5 * 60_000;
/** How long work may go on after its signal was aborted, which has ended its exchanges. */
const longestEndMs = 5000;

export interface IdleWatchOptions {
  /** How long an exchange may take if it sets no limit of its own. */
  readonly exchangeMs: number;
  readonly feature: FeatureName | undefined;
  /** Aborted when the work should end, for instance because the host shuts down. */
  readonly signal: AbortSignal;
}

export interface IdleWatch {
  /** The given `fetch`, watched; it throws once the work was abandoned. */
  readonly fetch: ContextFetch;
  /** The result of the work. @throws {TelephonyError} if the work was abandoned */
  readonly endOf: <Result>(work: Promise<Result>) => Promise<Result>;
}

/**
 * Abandons a piece of an adapter's work that neither ends nor has a request in flight (a promise that is never resolved, an event that never comes). Otherwise
 * everything that waits for it, such as the shutdown of the host, would wait for ever. Time in an exchange does not count, because exchanges have limits.
 */
export function createIdleWatch(
  fetch: ContextFetch,
  { exchangeMs, feature, signal }: IdleWatchOptions,
): IdleWatch {
  let pending = 0;
  let idleUntil = 0;
  let endUntil = Number.POSITIVE_INFINITY;
  let timer: NodeJS.Timeout | undefined;
  let giveUp: ((error: TelephonyError) => void) | undefined;
  let givenUp: TelephonyError | undefined;

  /** The timer is not restarted with each exchange: when it fires, `look` checks whether there was one in the meantime. */
  function arm(): void {
    if (giveUp) timer ??= setTimeout(look, Math.min(idleUntil, endUntil) - performance.now());
  }

  function look(): void {
    timer = undefined;
    const isEnding = signal.aborted;
    if (pending > 0 && !isEnding) return;
    if (performance.now() < Math.min(idleUntil, endUntil)) return arm();
    givenUp = stuck(feature, isEnding ? deaf : idle);
    giveUp?.(givenUp);
  }

  function end(): void {
    endUntil = performance.now() + longestEndMs;
    clearTimeout(timer);
    timer = undefined;
    arm();
  }

  return {
    async fetch(url, init) {
      if (givenUp) throw givenUp;
      const most = Math.min(init?.timeoutMs ?? exchangeMs, longestExchangeMs);
      pending += 1;
      try {
        return await fetch(url, init);
      } finally {
        pending -= 1;
        // The adapter may read the body of the answer for as long as the exchange may take.
        idleUntil = Math.max(idleUntil, performance.now() + most + longestIdleMs);
        arm();
      }
    },
    async endOf(work) {
      const stopped = new Promise<never>((_, reject) => {
        giveUp = reject;
      });
      idleUntil = Math.max(idleUntil, performance.now() + longestIdleMs);
      signal.addEventListener('abort', end);
      if (signal.aborted) end();
      else arm();
      try {
        return await Promise.race([work, stopped]);
      } finally {
        signal.removeEventListener('abort', end);
        giveUp = undefined;
        clearTimeout(timer);
        // So that `arm` can start the timer again for another part of the work.
        timer = undefined;
      }
    },
  };
}

const idle = `it did not end, and had nothing under way at the telephone system for ${longestIdleMs / 60_000} minutes`;
const deaf = `it did not end within ${longestEndMs / 1000} s after its signal was aborted`;

function stuck(feature: FeatureName | undefined, what: string): TelephonyError {
  return new TelephonyError({
    code: 'internal',
    message: `The adapter has a defect: ${what}.`,
    hint: 'Report this to the author of the adapter.',
    ...(feature && { feature }),
    delivery: 'unknown',
  });
}
