import { untilFetched } from '../mailings/mailing-state.ts';
import type { Store } from '../store/store.ts';
import { forEachTenant, type TellFailed } from '../tenants/for-each-tenant.ts';
import type { TenantDirectory } from '../tenants/tenant.ts';
import { resultsConnection } from './results-feature.ts';

export interface UntoldEndsDependencies {
  readonly directory: TenantDirectory;
  readonly finish: (mailingId: string) => Promise<void>;
  readonly tellFailed: TellFailed;
}

/**
 * Mailings that wait for their last results, of companies that have taken the feature out since, or the connection, with a new telephone system for instance: nobody will tell any more, so
 * they end. Fetched again they are all the same, once there is somebody to ask.
 *
 * @returns looks for them
 */
export function createUntoldEnds(
  { db }: Store,
  { directory, finish, tellFailed }: UntoldEndsDependencies,
): () => Promise<void> {
  const waiting = () =>
    db
      .selectFrom('mailings')
      .where('state', '=', 'deactivating')
      .where('held_until', '=', untilFetched);

  async function endOf(tenantId: string): Promise<void> {
    const tenant = await directory.get(tenantId);
    if (!tenant) return;
    const rows = await waiting()
      .select(['id', 'connection'])
      .where('tenant_id', '=', tenantId)
      .execute();
    for (const { id, connection } of rows)
      if (resultsConnection(tenant, connection) === undefined) await finish(id);
  }

  return async () => {
    const tenants = await waiting().select('tenant_id').distinct().execute();
    await forEachTenant(
      tenants.map(({ tenant_id }) => tenant_id),
      endOf,
      tellFailed,
    );
  };
}
