import { TelephonyError, type ContextFetch, type FeatureName } from '@finaz-telephony/core';
import { longestExchangeMs } from '../egress/dispatch.ts';

/** Longer than any pause between two requests that an adapter has reason for, and than a file of a million contacts takes to be made. */
const longestIdleMs = 5 * 60_000;

export interface IdleWatch {
  /** The same way out, looked at; closed once the work was given up. */
  readonly fetch: ContextFetch;
  /** How the work ends, or that it was given up. @throws {TelephonyError} */
  readonly endOf: <Result>(work: Promise<Result>) => Promise<Result>;
}

/**
 * Gives a piece of an adapter's work up that neither ends nor has anything under way: a promise that nobody resolves, an event that never comes. Its caller, and
 * whatever waits behind it, would wait for ever. Exchanges have limits of their own, so they are not looked at.
 */
export function createIdleWatch(
  fetch: ContextFetch,
  exchangeMs: number,
  feature: FeatureName | undefined,
): IdleWatch {
  let pending = 0;
  let idleUntil = 0;
  let timer: NodeJS.Timeout | undefined;
  let giveUp: ((error: TelephonyError) => void) | undefined;
  let givenUp: TelephonyError | undefined;

  /** Not begun anew with each exchange: when it is over, it is seen whether there was one meanwhile. */
  function arm(): void {
    if (giveUp) timer ??= setTimeout(look, idleUntil - performance.now());
  }

  function look(): void {
    timer = undefined;
    if (pending > 0) return;
    if (performance.now() < idleUntil) return arm();
    givenUp = stuck(feature);
    giveUp?.(givenUp);
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
        // Its body may be read until then.
        idleUntil = Math.max(idleUntil, performance.now() + most + longestIdleMs);
        arm();
      }
    },
    async endOf(work) {
      const idle = new Promise<never>((_, reject) => {
        giveUp = reject;
      });
      idleUntil = Math.max(idleUntil, performance.now() + longestIdleMs);
      arm();
      try {
        return await Promise.race([work, idle]);
      } finally {
        giveUp = undefined;
        clearTimeout(timer);
      }
    },
  };
}

function stuck(feature: FeatureName | undefined): TelephonyError {
  return new TelephonyError({
    code: 'internal',
    message: `The adapter has a defect: it did not end, and had nothing under way at the telephone system for ${longestIdleMs / 60_000} minutes.`,
    hint: 'Tell its author.',
    ...(feature && { feature }),
    delivery: 'unknown',
  });
}
