import type { ClaimedFetch } from './result-fetches.ts';
import { runFetch, type FetchDependencies } from './run-fetch.ts';

export interface FetchRunnerDependencies extends FetchDependencies {
  /** Sees to it that mailings which are dialed have a next fetch, where the company wants that. */
  readonly scheduleDaily: () => Promise<void>;
  /** Ends mailings whose last results nobody can tell any more. */
  readonly endUntold: () => Promise<void>;
}

/** Fetches results: when a mailing is deactivated, when somebody asks, and during the day where the company wants it. */
export interface FetchRunner {
  /** Looks for due fetches at once, instead of within a second. */
  readonly wake: () => void;
  readonly start: () => void;
  readonly stop: () => Promise<void>;
}

const tickMs = 1000;
const atOnce = 3;

export function createFetchRunner(dependencies: FetchRunnerDependencies): FetchRunner {
  const { fetches, logger } = dependencies;
  const running = new Map<string, { tenantId: string; work: Promise<void> }>();
  const stopping = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  let ticking: Promise<void> = Promise.resolve();

  async function tick(): Promise<void> {
    try {
      await dependencies.scheduleDaily();
      await dependencies.endUntold();
      const free = atOnce - running.size;
      if (free > 0 && !stopping.signal.aborted) {
        const busy = [...running.values()].map(({ tenantId }) => tenantId);
        for (const claimed of await fetches.claimDue(free, busy)) start(claimed);
      }
    } catch (error) {
      logger.warn({ err: error }, 'due fetches of results could not be looked for; trying again');
    }
    if (!stopping.signal.aborted) timer = setTimeout(next, tickMs);
  }

  function start(claimed: ClaimedFetch): void {
    const { mailingId, tenantId } = claimed.results;
    const work = runFetch(dependencies, claimed, stopping.signal)
      .catch((error: unknown) =>
        logger.error(
          { err: error, tenant: tenantId, mailing: mailingId },
          'the end of a fetch could not be written down; its lease runs out',
        ),
      )
      .finally(() => {
        running.delete(mailingId);
        wake();
      });
    running.set(mailingId, { tenantId, work });
  }

  const next = () => {
    clearTimeout(timer);
    ticking = ticking.then(tick);
  };

  function wake(): void {
    if (!stopping.signal.aborted && timer !== undefined) next();
  }

  return {
    wake,
    start: next,
    async stop() {
      stopping.abort(new Error('the host is shutting down'));
      clearTimeout(timer);
      await ticking;
      await Promise.all([...running.values()].map(({ work }) => work));
    },
  };
}
