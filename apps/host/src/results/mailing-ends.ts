import { toMailing, type MailingRecord, type MailingStore } from '../mailings/mailing-store.ts';
import { untilFetched, type MailingState } from '../mailings/mailing-state.ts';
import type { Store } from '../store/store.ts';
import type { Tenant } from '../tenants/tenant.ts';
import type { FetchableMailing, FetchableMailings } from './run-fetch.ts';
import { resultsConnection } from './results-feature.ts';
import type { ResultFetches } from './result-fetches.ts';

/** Mailings as the fetching of their results sees them. */
export function createFetchableMailings(mailings: MailingStore): FetchableMailings {
  return {
    async find(tenant, mailingId) {
      const record = await mailings.find(tenant, mailingId);
      if (!record) return undefined;
      const { state, in_queue_since, replaced_at } = record;
      // One that has taken the queue ends nothing where it could not clear it, or is loaded through another connection.
      const replacedAt = in_queue_since === null ? (replaced_at ?? undefined) : undefined;
      return {
        mailing: toMailing(record),
        loadedThrough: record.connection,
        // Some dialers begin with the first contact, long before the last one is loaded.
        activatedAt: record.cleared_at ?? record.activated_at ?? record.created_at,
        replacedAt,
        stage: stageOf(state, replacedAt),
      };
    },
    finish: (mailingId) => mailings.finish(mailingId),
  };
}

function stageOf(state: MailingState, replacedAt: number | undefined): FetchableMailing['stage'] {
  if (state === 'deactivating') return 'ending';
  return state === 'active' && replacedAt === undefined ? 'active' : 'over';
}

/** When results are fetched by themselves. */
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
      // What was sent after a clear may be there, also where another try was to follow, from a new clear on.
      const mayBeDialed = record.cleared_at !== null || record.in_queue_since !== null;
      const connection = resultsConnection(tenant, record.connection);
      // Without a load there was no dialing, and without the feature nobody can tell.
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
