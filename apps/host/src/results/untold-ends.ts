import { untilFetched } from '../mailings/mailing-state.ts';
import type { Store } from '../store/store.ts';
import { forEachTenant, type TellFailed } from '../tenants/for-each-tenant.ts';
import type { TenantDirectory } from '../tenants/tenant.ts';
import { toldBy } from './mailing-results.ts';
import { resultsConnection } from './results-feature.ts';

export interface UntoldEndsDependencies {
  readonly directory: TenantDirectory;
  readonly finish: (mailingId: string) => Promise<void>;
  readonly tellFailed: TellFailed;
}

/**
 * Finishes mailings that wait for their last results although their company has since removed the feature or the connection, with a new telephone system for
 * instance: no connection will tell any more. They can be fetched all the same, once there is one to ask.
 *
 * @returns looks for such mailings
 */
export function createUntoldEnds(
  { db }: Store,
  { directory, finish, tellFailed }: UntoldEndsDependencies,
): () => Promise<void> {
  const waiting = () =>
    db
      .selectFrom('mailings')
      .where('mailings.state', '=', 'deactivating')
      .where('held_until', '=', untilFetched);

  async function endOf(tenantId: string): Promise<void> {
    const tenant = await directory.get(tenantId);
    if (!tenant) return;
    const rows = await waiting()
      .leftJoin('mailing_results', 'mailing_results.mailing_id', 'mailings.id')
      .select([
        'mailings.id',
        'mailings.connection as loadedThrough',
        'mailing_results.connection',
        'last_seq',
      ])
      .where('mailings.tenant_id', '=', tenantId)
      .execute();
    for (const { id, loadedThrough, ...told } of rows) {
      const from = { loadedThrough, toldBy: toldBy(told) };
      if (resultsConnection(tenant, from) === undefined) await finish(id);
    }
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
