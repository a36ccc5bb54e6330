import type { Tenant } from '../tenants/tenant.ts';
import { AttemptFailed } from './attempt-runner.ts';
import type { CallFinder } from './call-finder.ts';
import type { CallRecord } from './call-record.ts';
import { ClickedElsewhere } from './call-turns.ts';
import { acceptedElsewhere } from './click-elsewhere.ts';
import type { Wish } from './wish.ts';

/** The result of a click, or of an earlier click that it repeats. */
export interface Clicked<Result> {
  readonly result: Result;
  readonly isAgain: boolean;
}

/**
 * An impatient operator clicks twice, and a proxy repeats a request on its own, each without a key or with a key of its own. If the company wants it, a wish repeated while
 * it is under way, or shortly after its answer, is the same click: it is carried out once, and all callers get its result.
 */
export interface DoubleClicks<Result> {
  readonly once: (
    tenant: Tenant,
    wish: Wish,
    /** Throws {@link ClickedElsewhere} if another host got the first click. */
    work: () => Promise<Result>,
  ) => Promise<Clicked<Result>>;
}

/** @param resultOf makes the result from the stored attempt of another host */
export function createDoubleClicks<Result>(
  calls: Pick<CallFinder, 'byAttempt'>,
  resultOf: (call: CallRecord) => Result,
): DoubleClicks<Result> {
  const clicks = new Map<string, Promise<Clicked<Result>>>();

  async function onAllHosts(tenant: Tenant, work: () => Promise<Result>): Promise<Clicked<Result>> {
    for (;;) {
      try {
        return { result: await work(), isAgain: false };
      } catch (error) {
        if (!(error instanceof ClickedElsewhere)) throw error;
        const accepted = await acceptedElsewhere(calls, tenant, error.attemptId);
        if (accepted) return { result: resultOf(accepted), isAgain: true };
      }
    }
  }

  return {
    async once(tenant, wish, work) {
      const { doubleClickMs } = tenant.rules;
      if (doubleClickMs === undefined) return { result: await work(), isAgain: false };
      const name = JSON.stringify([tenant.id, wish.extension, wish.among]);
      const earlier = clicks.get(name);
      if (earlier) return { ...(await earlier), isAgain: true };
      const click = onAllHosts(tenant, work);
      clicks.set(name, click);
      const forget = () => clicks.delete(name);
      const forgetLater = () => setTimeout(forget, doubleClickMs).unref();
      try {
        const clicked = await click;
        forgetLater();
        return clicked;
      } catch (error) {
        // What has failed may be tried again at once.
        if (isInDoubt(error)) forgetLater();
        else forget();
        throw error;
      }
    },
  };
}

const isInDoubt = (error: unknown): boolean =>
  error instanceof AttemptFailed && error.error.delivery === 'unknown';
