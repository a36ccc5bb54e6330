import { TelephonyError, type Logger, type Mailing } from '@finaz-telephony/core';
import type { Tenant, TenantDirectory } from '../tenants/tenant.ts';
import { isStoreUnavailable } from '../store/store-error.ts';
import { FetchLost } from './attempt-writes.ts';
import { pauseBeforeFetch } from './fetch-pauses.ts';
import { readResults, type ReadProgress, type ReadResultsDependencies } from './read-results.ts';
import type { ResultsMetrics } from './results-metrics.ts';
import {
  toFetchError,
  type ClaimedFetch,
  type FetchError,
  type ResultFetches,
} from './result-fetches.ts';

/** A mailing as the fetching of its results sees it. */
export interface FetchableMailing {
  readonly mailing: Mailing;
  /** When dialing may have begun. */
  readonly activatedAt: number;
  /** When another mailing took the queue: what was dialed after that is not of this one. */
  readonly replacedAt: number | undefined;
  /** `active`: still being dialed, so that there will be more results. `ending`: deactivated, and finished once its results are there. */
  readonly stage: 'active' | 'ending' | 'over';
}

export interface FetchableMailings {
  readonly find: (tenant: Tenant, mailingId: string) => Promise<FetchableMailing | undefined>;
  /** The results of a deactivated mailing are complete. */
  readonly finish: (tenant: Tenant, mailingId: string) => Promise<void>;
}

export interface FetchRunnerDependencies extends ReadResultsDependencies {
  readonly fetches: ResultFetches;
  /** Sees to it that mailings which are dialed have a next fetch, where the company wants that. */
  readonly scheduleDaily: () => Promise<void>;
  /** Ends mailings whose last results nobody can tell any more. */
  readonly endUntold: () => Promise<void>;
  readonly mailings: FetchableMailings;
  readonly directory: TenantDirectory;
  readonly logger: Logger;
  /** Tells the CRM that results are there. */
  readonly announce: (tenant: Tenant, claimed: ClaimedFetch) => Promise<void>;
  readonly metrics: ResultsMetrics;
}

/** Fetches results: when a mailing is deactivated, when somebody asks, and during the day where the company wants it. */
export interface FetchRunner {
  /** What is being read of a mailing on this host at this moment. */
  readonly progressOf: (mailingId: string) => ReadProgress | undefined;
  /** Looks for due fetches at once, instead of within a second. */
  readonly wake: () => void;
  readonly start: () => void;
  readonly stop: () => Promise<void>;
}

const tickMs = 1000;
const atOnce = 3;
const extendMs = 30_000;
/** The vendor's clock may be behind ours, or before it. */
const clockMarginMs = 2 * 60_000;

export function createFetchRunner(dependencies: FetchRunnerDependencies): FetchRunner {
  const { fetches, mailings, directory, logger, now, announce, metrics } = dependencies;
  const running = new Map<string, { tenantId: string; work: Promise<void> }>();
  const progress = new Map<string, ReadProgress>();
  const stopping = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  let ticking: Promise<void> = Promise.resolve();

  async function run(claimed: ClaimedFetch): Promise<void> {
    const { mailingId, tenantId } = claimed.results;
    const extending = setInterval(() => {
      fetches
        .extend(claimed)
        .catch((error: unknown) =>
          logger.warn({ err: error, mailing: mailingId }, 'a lease could not be extended'),
        );
    }, extendMs);
    try {
      const tenant = await directory.get(tenantId);
      const found = tenant && (await mailings.find(tenant, mailingId));
      if (!tenant || !found) {
        await fetches.fail(claimed, mailingIsGone, null);
        return;
      }
      await fetch(claimed, tenant, found);
    } catch (error) {
      await failed(claimed, error);
    } finally {
      clearInterval(extending);
      progress.delete(mailingId);
    }
  }

  async function fetch(
    claimed: ClaimedFetch,
    tenant: Tenant,
    { mailing, activatedAt, replacedAt, stage }: FetchableMailing,
  ): Promise<void> {
    const { results, fetchId, isAfterFailure } = claimed;
    const from = activatedAt - clockMarginMs;
    const to = Math.min(now().getTime(), replacedAt ?? Number.POSITIVE_INFINITY);
    await fetches.begin(claimed, { from, to });
    const told = await readResults(dependencies, {
      tenant,
      mailing,
      ref: results.ref,
      fetchId,
      period: { from: new Date(from), to: new Date(to) },
      until: replacedAt === undefined ? undefined : replacedAt + clockMarginMs,
      signal: stopping.signal,
      onProgress: (read) => progress.set(results.mailingId, read),
    });
    const every = stage === 'active' ? tenant.resultsEveryMs : undefined;
    const nextAt = every === undefined ? null : now().getTime() + every;
    // All of this before it is written down as complete: a crash in between fetches once more, which adds nothing.
    const hasBrought = told.added + told.changed > 0 || (isAfterFailure && results.lastSeq > 0);
    if (stage === 'ending' || hasBrought) {
      await announce(tenant, claimed);
    }
    if (results.isFinal) await mailings.finish(tenant, results.mailingId);
    if (!(await fetches.complete(claimed, told, nextAt))) throw new FetchLost();
    metrics.fetched(tenant.id, 'complete', told);
    logger.info(
      {
        tenant: tenant.id,
        mailing: results.mailingId,
        read: told.read,
        added: told.added,
        changed: told.changed,
        foreign: told.foreign,
        unreadable: told.unreadable,
        outside: told.outside,
      },
      'results of a mailing were fetched',
    );
  }

  async function failed(claimed: ClaimedFetch, error: unknown): Promise<void> {
    const { mailingId, tenantId, tries } = claimed.results;
    if (error instanceof FetchLost) {
      logger.warn({ tenant: tenantId, mailing: mailingId }, error.message);
      return;
    }
    const known = TelephonyError.isInstance(error);
    const reason = known
      ? toFetchError(error)
      : isStoreUnavailable(error)
        ? storeIsAway
        : {
            code: 'internal',
            message: 'The host failed by its own fault; its log holds the cause.',
          };
    metrics.fetched(tenantId, reason.code, progress.get(mailingId));
    logger.warn(
      {
        tenant: tenantId,
        mailing: mailingId,
        ...(known ? { reason: error.message } : { err: error }),
      },
      'results could not be fetched to their end; what came is kept',
    );
    const pause = pauseBeforeFetch(tries, known ? error.retryAfterMs : undefined);
    const nextAt = stopping.signal.aborted
      ? now().getTime()
      : pause === undefined
        ? null
        : now().getTime() + pause;
    await fetches.fail(claimed, reason, nextAt);
  }

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
    const work = run(claimed)
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
    progressOf: (mailingId) => progress.get(mailingId),
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

const mailingIsGone: FetchError = {
  code: 'not_found',
  message: 'The mailing is gone.',
};
const storeIsAway: FetchError = {
  code: 'store_unavailable',
  message: 'The store was not available.',
};
