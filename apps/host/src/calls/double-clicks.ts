import type { Tenant } from '../tenants/tenant.ts';
import { AttemptFailed } from './attempt-runner.ts';

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
    tenant: Pick<Tenant, 'id' | 'rules'>,
    /** What makes two clicks the same one. */
    wish: readonly unknown[],
    work: () => Promise<Clicked<Result>>,
  ) => Promise<Clicked<Result>>;
}

export function createDoubleClicks<Result>(): DoubleClicks<Result> {
  const clicks = new Map<string, Promise<Clicked<Result>>>();

  return {
    async once({ id, rules: { doubleClickMs } }, wish, work) {
      if (doubleClickMs === undefined) return work();
      const name = JSON.stringify([id, ...wish]);
      const earlier = clicks.get(name);
      if (earlier) return { ...(await earlier), isAgain: true };
      const click = work();
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
