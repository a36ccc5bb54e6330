import type { Registry } from 'prom-client';
import { inTime } from './in-time.ts';
import type { Store } from './store/store.ts';

/** How long series may still appear after a company was deleted, from requests that were under way. */
const lateMs = 10 * 60_000;
/** A hanging database must not delay the metrics. */
const longestLookMs = 2000;

/**
 * Drops the series of deleted companies, whichever host has deleted them: otherwise they would stay until this host is restarted.
 *
 * @returns `forget`, to be called before each scrape. It only works for a while after a company may have been deleted, because going through all series takes
 * a noticeable part of a scrape.
 */
export function createDeletedSeries(
  registry: Registry,
  { db, listen }: Pick<Store, 'db' | 'listen'>,
): { readonly forget: () => Promise<void>; readonly close: () => void } {
  let lookUntil = Number.NEGATIVE_INFINITY;
  const close = listen('tenants', (tenantId) => {
    if (tenantId === '*') lookUntil = performance.now() + lateMs;
  });

  return {
    async forget() {
      if (performance.now() >= lookUntil) return;
      const late = () => new Error('the store did not answer in time');
      const found = db.selectFrom('tenants').select('id').execute();
      // While the store is away, the series stay.
      const rows = await inTime(longestLookMs, found, late).catch(() => undefined);
      if (rows) await removeOthers(registry, new Set(rows.map(({ id }) => id)));
    },
    close,
  };
}

async function removeOthers(registry: Registry, tenants: ReadonlySet<string>): Promise<void> {
  for (const { name, collect } of registry.getMetricsAsArray()) {
    // Reading it would measure: the lag of the event loop counts from one reading to the next, and the scrape would tell that of a moment.
    if (typeof collect === 'function') continue;
    const metric = registry.getSingleMetric(name);
    const { values = [] } = (await metric?.get()) ?? {};
    for (const { labels } of values) {
      // `remove` does not take `le`, the label of a histogram's bucket.
      const { le: _, ...own } = labels;
      const { tenant } = own;
      if (tenant !== undefined && !tenants.has(String(tenant))) metric?.remove(own);
    }
  }
}
