import type { Tenant } from '../tenants/tenant.ts';
import { AttemptFailed } from './attempt-runner.ts';
import type { CallFinder } from './call-finder.ts';
import type { CallRecord } from './call-record.ts';
import { ClickedElsewhere } from './call-turns.ts';
import { acceptedElsewhere } from './click-elsewhere.ts';

/** What came of a click, or of an earlier one that it belongs to. */
export interface Clicked<Result> {
  readonly result: Result;
  readonly isAgain: boolean;
}

/**
 * An impatient operator clicks twice, and a proxy repeats a request by itself, each without a key or with a key of its own. What is asked for again while it is
 * under way, or shortly after it was answered, is the same click where the company wants it so: it is done once, and all hear what came of it.
 */
export interface DoubleClicks<Result> {
  readonly once: (
    tenant: Tenant,
    /** What makes two clicks the same one. */
    wish: string,
    /** Throws {@link ClickedElsewhere} where another host has had the first of them. */
    work: () => Promise<Result>,
  ) => Promise<Clicked<Result>>;
}

/** @param resultOf what another host has answered, by what is stored of its attempt */
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
      const name = JSON.stringify([tenant.id, wish]);
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
