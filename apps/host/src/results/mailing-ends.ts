import type { MailingRecord, MailingStore } from '../mailings/mailing-store.ts';
import { untilFetched } from '../mailings/mailing-state.ts';
import type { Store } from '../store/store.ts';
import type { Tenant } from '../tenants/tenant.ts';
import type { ResultFetches } from './result-fetches.ts';
import { resultsConnection } from './results-feature.ts';

/** Fetches the last results by itself, once dialing has ended. */
export interface MailingEnds {
  /** Dialing has ended: the last results are fetched, then the mailing is finished. Safe to repeat. */
  readonly onDeactivated: (tenant: Tenant, record: MailingRecord) => Promise<void>;
}

export function createMailingEnds(
  { db }: Store,
  {
    mailings,
    fetches,
  }: {
    readonly mailings: MailingStore;
    readonly fetches: ResultFetches;
  },
  wake: () => void,
): MailingEnds {
  return {
    async onDeactivated(tenant, record) {
      // Contacts sent after a clear may be dialed, even if another try was to begin with a new clear.
      const mayBeDialed = record.cleared_at !== null || record.in_queue_since !== null;
      const connection = resultsConnection(tenant, {
        loadedThrough: record.connection,
        toldBy: (await fetches.find(record.id))?.toldBy ?? null,
      });
      // Without a load there was no dialing, and without a connection nobody can tell the results.
      if (!mayBeDialed || connection === undefined) {
        await mailings.finish(record.id);
        return;
      }
      await fetches.request(
        {
          id: record.id,
          ref: record.ref,
          tenantId: tenant.id,
          connection,
        },
        { isFinal: true },
      );
      await db
        .updateTable('mailings')
        .set({ held_until: untilFetched })
        .where('id', '=', record.id)
        .where('state', '=', 'deactivating')
        .execute();
      wake();
    },
  };
}
