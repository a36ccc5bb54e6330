import { rest } from '../rest.ts';
import { isStoreUnavailable } from './store-error.ts';

const everyMs = 500;

export interface Patience {
  /** Once it is aborted there is one more attempt, and then the store's own error. Without it, nothing ends the waiting. */
  readonly until?: AbortSignal;
  /** Called once, when the store is found to be away. */
  readonly onAway?: (error: unknown) => void;
}

/** Retries while the store is away. A write that broke off may have been stored all the same, so only for work that may be done twice. */
export async function insist<Result>(
  ask: () => Promise<Result>,
  { until, onAway }: Patience = {},
): Promise<Result> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await ask();
    } catch (error) {
      if (!isStoreUnavailable(error) || until?.aborted) throw error;
      if (attempt === 1) onAway?.(error);
    }
    await rest(everyMs, { signal: until, keepsAlive: false });
  }
}
