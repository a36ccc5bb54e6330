import { setTimeout as pause } from 'node:timers/promises';
import type { MiddlewareHandler } from 'hono';
import type { HostEnv } from './host-env.ts';

/** Requests whose work is not done, even if nobody waits for the answer any more. */
export interface RequestsUnderWay {
  readonly track: MiddlewareHandler<HostEnv>;
  /** Resolves when all are done, or after `longestMs`. */
  readonly ended: (longestMs: number) => Promise<void>;
}

export function createRequestsUnderWay(): RequestsUnderWay {
  const underWay = new Set<Promise<void>>();

  /** Includes requests that come meanwhile, over connections that are still open. */
  async function allEnded(): Promise<void> {
    while (underWay.size > 0) await Promise.allSettled(underWay);
  }

  return {
    async track(_context, next) {
      const work = next();
      underWay.add(work);
      await work.finally(() => underWay.delete(work));
    },
    async ended(longestMs) {
      const giveUp = new AbortController();
      await Promise.race([allEnded(), pause(longestMs, undefined, { signal: giveUp.signal })]);
      giveUp.abort();
    },
  };
}
