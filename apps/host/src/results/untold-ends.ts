import { untilFetched } from '../mailings/mailing-state.ts';
import type { Store } from '../store/store.ts';
import type { TenantDirectory } from '../tenants/tenant.ts';

/**
 * Mailings that wait for their last results, of companies that have taken the feature out since, with a new telephone system for instance: nobody will tell any more, so
 * they end. Fetched again they are all the same, once there is somebody to ask.
 *
 * @returns looks for them
 */
export function createUntoldEnds(
  { db }: Store,
  directory: TenantDirectory,
  finish: (mailingId: string) => Promise<void>,
): () => Promise<void> {
  const waiting = () =>
    db
      .selectFrom('mailings')
      .where('state', '=', 'deactivating')
      .where('held_until', '=', untilFetched);

  return async () => {
    const tenants = await waiting().select('tenant_id').distinct().execute();
    for (const { tenant_id } of tenants) {
      const tenant = await directory.get(tenant_id);
      if (!tenant || tenant.bindings.dialerResults !== undefined) continue;
      const untold = await waiting().select('id').where('tenant_id', '=', tenant_id).execute();
      for (const { id } of untold) await finish(id);
    }
  };
}
