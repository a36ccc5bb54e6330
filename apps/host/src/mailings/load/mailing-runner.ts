import type { Store } from '../../store/store.ts';
import { createTellSeldom } from '../../tell-seldom.ts';
import { outsideSpans } from '../../tracing.ts';
import type { ClaimedMailing } from '../mailing-claims.ts';
import { longestEndMs } from '../mailing-state.ts';
import { workOnMailing, type MailingWorkDependencies } from './work-on-mailing.ts';

export interface MailingRunnerDependencies extends Omit<MailingWorkDependencies, 'tellFault'> {
  readonly store: Store;
}

/**
 * Works on mailings: each is a job whose row is its own lease. Any number of hosts share them; a dead one's are taken over when their lease runs out, and
 * a frozen one can neither write nor send.
 */
export interface MailingRunner {
  readonly start: () => void;
  /** Begins nothing new, lets what is under way end. */
  readonly stop: () => Promise<void>;
}

const tickMs = 500;
/** Loads of one tenant at the same time, so that one with many queues leaves room for the others. */
const mostOfTenant = 16;
/** Places kept for tenants that have none yet: otherwise a few with many queues would fill them all, for hours. */
const lastFree = 16;
/** Loads of one host at the same time. They wait for vendors nearly all the time; each has its own limits. */
const mostAtOnce = 64 + lastFree;

export function createMailingRunner(dependencies: MailingRunnerDependencies): MailingRunner {
  const { mailings, logger, store } = dependencies;
  const tellSeldom = createTellSeldom(logger);
  const workDependencies = {
    ...dependencies,
    tellFault: createTellSeldom(logger, { level: 'error' }),
  };
  const running = new Map<ClaimedMailing, Promise<void>>();
  const stopping = new AbortController();
  const cutting = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  let ticking: Promise<void> | undefined;
  let stopListening = (): void => undefined;

  async function tick(): Promise<void> {
    try {
      const free = mostAtOnce - running.size;
      if (free <= 0 || stopping.signal.aborted) return;
      const since = performance.now();
      for (const claimed of await mailings.claim(
        free,
        [...running.keys()],
        mostOfTenant,
        lastFree,
      )) {
        const shutdown = { begins: stopping.signal, cuts: cutting.signal };
        const work = outsideSpans(() =>
          workOnMailing(workDependencies, claimed, since, shutdown),
        ).finally(() => {
          running.delete(claimed);
          wake();
        });
        running.set(claimed, work);
      }
    } catch (error) {
      tellSeldom({ err: error }, 'mailings could not be looked for; trying again');
    }
  }

  function wake(): void {
    if (stopping.signal.aborted || ticking) return;
    clearTimeout(timer);
    ticking = tick().finally(() => {
      ticking = undefined;
      if (!stopping.signal.aborted) timer = setTimeout(wake, tickMs);
    });
  }

  function lookAgain(tenantId: string): void {
    mailings
      .lookAgain(tenantId)
      .then(wake)
      .catch((error: unknown) =>
        logger.warn({ err: error, tenant: tenantId }, 'held mailings wait for their hour'),
      );
  }

  return {
    start() {
      const stops = [store.listen('mailings', wake), store.listen('tenants', lookAgain)];
      stopListening = () => stops.forEach((stop) => stop());
      wake();
    },
    async stop() {
      stopping.abort(new Error('the host is shutting down'));
      stopListening();
      clearTimeout(timer);
      await ticking;
      const cut = setTimeout(
        () => cutting.abort(new Error('the host is shutting down')),
        longestEndMs,
      );
      await Promise.all(running.values());
      clearTimeout(cut);
    },
  };
}
