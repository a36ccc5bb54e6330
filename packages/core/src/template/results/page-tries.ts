import type { AdapterContext } from '../../context.ts';
import { TelephonyError } from '../../errors/telephony-error.ts';
import { wait } from '../exchanges/wait.ts';

/** Reading may be repeated, so that a transient failure of one page does not lose those before it. */
const triesOfPage = 3;

/** Requests a page of a report, and retries on transient errors. */
export async function tryPage<Result>(
  context: AdapterContext,
  run: () => Promise<Result>,
): Promise<Result> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await run();
    } catch (error) {
      const mayPass = TelephonyError.isInstance(error) && error.retryable;
      if (!mayPass || attempt >= triesOfPage || context.signal.aborted) throw error;
      const pauseMs = Math.min(error.retryAfterMs ?? 500 * attempt, 10_000);
      await wait(pauseMs, context.signal).catch(() => {
        throw error;
      });
    }
  }
}
