import { setTimeout as pause } from 'node:timers/promises';
import type { MiddlewareHandler } from 'hono';
import type { HostEnv } from './host-env.ts';

/** How long requests that were broken off may take to store how they ended. */
const longestEndMs = 5000;

/** Requests whose work is not done, also where nobody waits for the answer any more. */
export interface RequestsUnderWay {
  readonly track: MiddlewareHandler<HostEnv>;
  /** Resolves when all are done, or one of them does not end. */
  readonly ended: () => Promise<void>;
}

export function createRequestsUnderWay(): RequestsUnderWay {
  const underWay = new Set<Promise<void>>();
  return {
    async track(_context, next) {
      const work = next();
      underWay.add(work);
      await work.finally(() => underWay.delete(work));
    },
    async ended() {
      const giveUp = new AbortController();
      await Promise.race([
        Promise.allSettled(underWay),
        pause(longestEndMs, undefined, { signal: giveUp.signal }),
      ]);
      giveUp.abort();
    },
  };
}
