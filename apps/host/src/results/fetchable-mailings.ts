import type { Mailing } from '@finaz-telephony/core';
import type { MailingState } from '../mailings/mailing-state.ts';
import { toMailing, type MailingStore } from '../mailings/mailing-store.ts';
import type { Tenant } from '../tenants/tenant.ts';

/** A mailing as the fetching of its results sees it. */
export interface FetchableMailing {
  readonly mailing: Mailing;
  /** The connection that has its contacts, where that is known. */
  readonly loadedThrough: string | null;
  /** When dialing may have begun. */
  readonly activatedAt: number;
  /** When another mailing took the queue: attempts dialed after that are not of this one. */
  readonly replacedAt: number | undefined;
  /** `active`: still being dialed, so that there will be more results. `ending`: deactivated, and finished once its results are there. */
  readonly stage: 'active' | 'ending' | 'over';
}

export interface FetchableMailings {
  readonly find: (tenant: Tenant, mailingId: string) => Promise<FetchableMailing | undefined>;
  /** The results of a deactivated mailing are complete. */
  readonly finish: (mailingId: string) => Promise<void>;
}

export function createFetchableMailings(mailings: MailingStore): FetchableMailings {
  return {
    async find(tenant, mailingId) {
      const record = await mailings.find(tenant, mailingId);
      if (!record) return undefined;
      const { state, in_queue_since, replaced_at } = record;
      // A mailing that took the queue ends nothing if it could not clear it, or is loaded through another connection.
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
