import type { ClaimedFetch } from './claimed-fetches.ts';
import { createTellSeldom } from '../tell-seldom.ts';
import { runFetch, type FetchDependencies } from './run-fetch.ts';

export interface FetchRunnerDependencies extends FetchDependencies {
  /** Schedules the next fetch of mailings that are dialed, if the company wants results during the day. */
  readonly scheduleDaily: () => Promise<void>;
  /** Finishes mailings whose last results no connection can tell any more. */
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
/** So many are read at a time: a page of each is in memory, and its rows are worked on by the thread that serves operators. */
const readAtOnce = 3;
/** A fetch whose telephone system has not begun to answer for so long takes no place: another fetch is read meanwhile. */
const longestSilenceMs = 1000;
/** Fetches that wait for an answer and fetches that are read, together. */
const mostAtOnce = 64;

interface RunningFetch {
  readonly tenantId: string;
  readonly work: Promise<void>;
  /** Since when it has waited for an answer to begin, however often it has asked; `undefined` while it is read. */
  waitsSince: number | undefined;
}

export function createFetchRunner(dependencies: FetchRunnerDependencies): FetchRunner {
  const { fetches, logger } = dependencies;
  const tellSeldom = createTellSeldom(logger);
  const running = new Map<string, RunningFetch>();
  const stopping = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  let ticking: Promise<void> = Promise.resolve();

  /** A telephone system that keeps silent takes no place from the results of other companies. */
  function freePlaces(): number {
    const at = performance.now();
    const silent = [...running.values()].filter(
      ({ waitsSince = at }) => at - waitsSince >= longestSilenceMs,
    );
    const read = running.size - silent.length;
    return Math.min(readAtOnce - read, mostAtOnce - running.size);
  }

  async function tick(): Promise<void> {
    try {
      await dependencies.scheduleDaily();
      await dependencies.endUntold();
      for (const { mailingId, tenantId } of await fetches.failForsaken())
        logger.warn(
          { tenant: tenantId, mailing: mailingId },
          'a host ended while it read results; where that comes again, its memory is too small for a page of the report',
        );
      const free = freePlaces();
      if (free > 0 && !stopping.signal.aborted) {
        const busy = [...running.values()].map(({ tenantId }) => tenantId);
        for (const claimed of await fetches.claimDue(free, busy)) start(claimed);
      }
    } catch (error) {
      tellSeldom({ err: error }, 'due fetches of results could not be looked for; trying again');
    }
    // The timer of the look before, if this look was asked for meanwhile: left alone, it would look into a store that is closed.
    clearTimeout(timer);
    if (!stopping.signal.aborted) timer = setTimeout(next, tickMs);
  }

  function start(claimed: ClaimedFetch): void {
    const { mailingId, tenantId } = claimed.results;
    const onWaiting = (waits: boolean) => {
      const fetch = running.get(mailingId);
      if (fetch) fetch.waitsSince = waits ? (fetch.waitsSince ?? performance.now()) : undefined;
    };
    const work = runFetch(dependencies, claimed, stopping.signal, onWaiting)
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
    running.set(mailingId, { tenantId, work, waitsSince: undefined });
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
