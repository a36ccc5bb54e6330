import type { Store } from '../store/store.ts';
import { forEachTenant, type TellFailed } from '../tenants/for-each-tenant.ts';
import type { TenantDirectory } from '../tenants/tenant.ts';
import { toldBy } from './mailing-results.ts';
import { resultsConnection } from './results-feature.ts';
import type { ResultFetches } from './result-fetches.ts';

export interface DailyFetchesDependencies {
  readonly directory: TenantDirectory;
  readonly fetches: Pick<ResultFetches, 'request'>;
  readonly tellFailed: TellFailed;
}

const lookEveryMs = 5000;

/**
 * Fetches results during the day, if the company wants that: each mailing that is dialed has a next fetch. Derived from what is stored, so that it holds even
 * if a host dies between two writes, and for mailings that were active before the company wanted it.
 *
 * @returns looks for mailings without a next fetch; at most every few seconds
 */
export function createDailyFetches(
  { db }: Store,
  { directory, fetches, tellFailed }: DailyFetchesDependencies,
  now: () => number,
): () => Promise<void> {
  let nextLookAt = 0;

  async function schedule(tenantId: string): Promise<void> {
    const tenant = await directory.get(tenantId);
    if (tenant?.resultsEveryMs === undefined) return;
    const unscheduled = await db
      .selectFrom('mailings')
      .leftJoin('mailing_results', 'mailing_results.mailing_id', 'mailings.id')
      .select([
        'mailings.id',
        'mailings.ref',
        'mailings.connection as loadedThrough',
        'mailing_results.connection',
        'last_seq',
        'activated_at',
        'fetched_at',
      ])
      .where('mailings.tenant_id', '=', tenantId)
      .where('mailings.state', '=', 'active')
      .where('mailing_results.next_at', 'is', null)
      // A mailing whose queue was taken is fetched once more, for what came until then.
      .where((row) =>
        row.or([
          row('replaced_at', 'is', null),
          row('fetched_at', 'is', null),
          row('fetched_at', '<', row.ref('replaced_at')),
        ]),
      )
      .execute();
    for (const { id, ref, loadedThrough, activated_at, fetched_at, ...told } of unscheduled) {
      const connection = resultsConnection(tenant, { loadedThrough, toldBy: toldBy(told) });
      if (connection === undefined) continue;
      const at = (fetched_at ?? activated_at ?? now()) + tenant.resultsEveryMs;
      await fetches.request(
        { id, ref, tenantId, connection },
        { isFinal: false, at: Math.max(at, now()) },
      );
    }
  }

  return async () => {
    const waitMs = nextLookAt - now();
    // A longer wait means that the clock was set back: it must not delay the next look.
    if (waitMs > 0 && waitMs <= lookEveryMs) return;
    nextLookAt = now() + lookEveryMs;
    const active = await db
      .selectFrom('mailings')
      .select('tenant_id')
      .distinct()
      .where('state', '=', 'active')
      .execute();
    await forEachTenant(
      active.map(({ tenant_id }) => tenant_id),
      schedule,
      tellFailed,
    );
  };
}
