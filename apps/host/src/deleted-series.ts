import type { Registry } from 'prom-client';
import { inTime } from './in-time.ts';
import type { Store } from './store/store.ts';

/** Requests under way when their company is deleted still count for it. */
const lateMs = 10 * 60_000;
/** A database that hangs must not take the metrics along. */
const longestLookMs = 2000;

/**
 * Drops the series of deleted companies, whichever host has deleted them: otherwise they would stay until this one is restarted.
 *
 * @returns to be called before each scrape; it looks only for a while after a company may have been deleted, since going through all series takes as long as a part of a scrape
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
      // While the store is away they stay.
      const rows = await inTime(longestLookMs, found, late).catch(() => undefined);
      if (rows) await removeOthers(registry, new Set(rows.map(({ id }) => id)));
    },
    close,
  };
}

async function removeOthers(registry: Registry, tenants: ReadonlySet<string>): Promise<void> {
  for (const { name } of registry.getMetricsAsArray()) {
    const metric = registry.getSingleMetric(name);
    const { values = [] } = (await metric?.get()) ?? {};
    for (const { labels } of values) {
      // The bucket of a histogram is no label of its own.
      const { le: _, ...own } = labels;
      const { tenant } = own;
      if (tenant !== undefined && !tenants.has(String(tenant))) metric?.remove(own);
    }
  }
}
