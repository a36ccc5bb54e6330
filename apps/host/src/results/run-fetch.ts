import { TelephonyError, type Logger } from '@finaz-telephony/core';
import { isStoreUnavailable } from '../store/store-error.ts';
import type { Tenant, TenantDirectory } from '../tenants/tenant.ts';
import { inJobSpan } from '../tracing.ts';
import { FetchLost } from './attempt-writes.ts';
import { pauseBeforeFetch } from './fetch-pauses.ts';
import type { FetchableMailing, FetchableMailings } from './fetchable-mailings.ts';
import type { ReadProgress } from './read-progress.ts';
import { readResults, type ReadResultsDependencies, type ResultsReading } from './read-results.ts';
import type { ResultsMetrics } from './results-metrics.ts';
import type { ClaimedFetch } from './claimed-fetches.ts';
import type { ResultFetches } from './result-fetches.ts';
import { toFetchError, type FetchError } from './mailing-results.ts';
import { resultsFeature, tellsUnusable, type ResultsSource } from './results-feature.ts';

export interface FetchDependencies extends ReadResultsDependencies {
  readonly fetches: ResultFetches;
  readonly mailings: FetchableMailings;
  readonly directory: TenantDirectory;
  readonly logger: Logger;
  /** Tells the CRM that results are there. */
  readonly announce: (tenant: Tenant, claimed: ClaimedFetch) => Promise<void>;
  readonly metrics: ResultsMetrics;
}

const extendMs = 30_000;
/** The vendor's clock may be behind ours, or ahead of it. */
const clockMarginMs = 2 * 60_000;

/**
 * Fetches the results of a mailing, and writes down what came of it.
 *
 * @param signal aborted when the host shuts down
 * @param onWaiting called with `true` when the fetch waits for an answer, with `false` when one has begun
 */
export async function runFetch(
  dependencies: FetchDependencies,
  claimed: ClaimedFetch,
  signal: AbortSignal,
  onWaiting: (waits: boolean) => void,
): Promise<void> {
  const { fetches, mailings, directory, logger } = dependencies;
  const { mailingId, tenantId } = claimed.results;
  let progress: ReadProgress | undefined;
  let isUnusable = false;
  const onProgress = (read: ReadProgress) => {
    progress = read;
  };
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
    isUnusable = tellsUnusable(tenant, sourceOf(claimed, found));
    const attributes = { 'telephony.tenant': tenantId, 'telephony.mailing.id': mailingId };
    await inJobSpan('fetch results', { attributes }, () =>
      fetchOf(dependencies, claimed, tenant, found, { signal, onProgress, onWaiting }),
    );
  } catch (error) {
    const isEnding = signal.aborted;
    await fetchFailed(dependencies, claimed, error, { progress, isEnding, isUnusable });
  } finally {
    clearInterval(extending);
  }
}

async function fetchOf(
  dependencies: FetchDependencies,
  claimed: ClaimedFetch,
  tenant: Tenant,
  found: FetchableMailing,
  watch: Pick<ResultsReading, 'signal' | 'onProgress' | 'onWaiting'>,
): Promise<void> {
  const { fetches, mailings, now, announce, metrics, logger } = dependencies;
  const { mailing, activatedAt, replacedAt, stage } = found;
  const { results, fetchId, isAfterFailure } = claimed;
  const from = activatedAt - clockMarginMs;
  const to = Math.min(now().getTime(), replacedAt ?? Number.POSITIVE_INFINITY);
  await fetches.begin(claimed, { from, to });
  const told = await readResults(dependencies, {
    tenant,
    mailing,
    feature: resultsFeature(tenant, sourceOf(claimed, found)),
    ref: results.ref,
    fetchId,
    period: { from: new Date(from), to: new Date(to) },
    until: replacedAt === undefined ? undefined : replacedAt + clockMarginMs,
    ...watch,
  });
  const every = stage === 'active' ? tenant.resultsEveryMs : undefined;
  const nextAt = every === undefined ? null : now().getTime() + every;
  // All of this before the fetch is marked complete: after a crash in between it runs once more, which adds nothing.
  const hasBrought = told.added + told.changed > 0 || (isAfterFailure && results.lastSeq > 0);
  if (stage === 'ending' || hasBrought) {
    await announce(tenant, claimed);
  }
  if (results.isFinal) await mailings.finish(results.mailingId);
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

const sourceOf = (
  { results }: ClaimedFetch,
  { loadedThrough }: FetchableMailing,
): ResultsSource => ({
  loadedThrough,
  toldBy: results.toldBy,
});

async function fetchFailed(
  { fetches, metrics, logger, now }: FetchDependencies,
  claimed: ClaimedFetch,
  error: unknown,
  {
    progress,
    isEnding,
    isUnusable,
  }: {
    readonly progress: ReadProgress | undefined;
    readonly isEnding: boolean;
    readonly isUnusable: boolean;
  },
): Promise<void> {
  const { mailingId, tenantId, tries } = claimed.results;
  if (error instanceof FetchLost) {
    logger.warn({ tenant: tenantId, mailing: mailingId }, error.message);
    return;
  }
  const known = TelephonyError.isInstance(error);
  const reason = reasonOf(error);
  metrics.fetched(tenantId, reason.code, progress);
  logger.warn(
    {
      tenant: tenantId,
      mailing: mailingId,
      ...(known ? { reason: error.message } : { err: error }),
    },
    'results could not be fetched to their end; what came is kept',
  );
  const retryAfterMs = known ? error.retryAfterMs : undefined;
  const pause = pauseBeforeFetch(tries, { retryAfterMs, isUnusable });
  const nextAt = isEnding ? now().getTime() : pause === undefined ? null : now().getTime() + pause;
  await fetches.fail(claimed, reason, nextAt);
}

function reasonOf(error: unknown): FetchError {
  if (TelephonyError.isInstance(error)) return toFetchError(error);
  return isStoreUnavailable(error) ? storeIsAway : ownFault;
}

const mailingIsGone: FetchError = {
  code: 'not_found',
  message: 'The mailing is gone.',
};
const storeIsAway: FetchError = {
  code: 'store_unavailable',
  message: 'The store was not available.',
};
const ownFault: FetchError = {
  code: 'internal',
  message: 'The host failed because of an error of its own; its log holds the cause.',
};
