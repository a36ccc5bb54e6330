import type { UnreadableRow } from '@finaz-telephony/core';
import type { Store } from '../store/store.ts';
import type { FetchError, FetchState, MailingResults } from './mailing-results.ts';

/** A fetch that this host has taken. */
export interface ClaimedFetch {
  readonly results: MailingResults;
  readonly fetchId: string;
  /** The fetch before failed: nobody was told of what it brought. */
  readonly isAfterFailure: boolean;
}

/** What the host that holds a fetch writes about it. Writes do nothing once another host has taken the fetch over. */
export interface ClaimedFetches {
  readonly begin: (claimed: ClaimedFetch, period: { from: number; to: number }) => Promise<void>;
  readonly extend: (claimed: ClaimedFetch) => Promise<void>;
  /** @returns whether this host still held it */
  readonly complete: (
    claimed: ClaimedFetch,
    told: { unreadable: number; unreadableSample: readonly UnreadableRow[]; outside: number },
    nextAt: number | null,
  ) => Promise<boolean>;
  /** @returns whether this host still held it */
  readonly fail: (
    claimed: ClaimedFetch,
    error: FetchError,
    nextAt: number | null,
  ) => Promise<boolean>;
}

/** A fetch that has written nothing for so long is taken to be dead. */
export const fetchLeaseMs = 120_000;

export function createClaimedFetches({ db }: Store, now: () => number): ClaimedFetches {
  /** Only where this fetch still holds the lease. */
  const mine = ({ results, fetchId }: ClaimedFetch) =>
    db
      .updateTable('mailing_results')
      .where('mailing_id', '=', results.mailingId)
      .where('fetch_id', '=', fetchId);

  /** Ends a fetch. Another one that was requested meanwhile stays due. */
  const release = (claimed: ClaimedFetch, state: FetchState, nextAt: number | null) =>
    mine(claimed).set((column) => {
      const asAsked = column('next_at', '=', claimed.results.nextAt ?? 0);
      return {
        fetch_id: null,
        lease_until: 0,
        state: column
          .case()
          .when(asAsked)
          .then(state)
          .else(column.val<FetchState>('waiting'))
          .end(),
        next_at: column
          .case()
          .when(asAsked)
          .then(column.cast<number | null>(column.val(nextAt), 'bigint'))
          .else(column.ref('next_at'))
          .end(),
      };
    });

  return {
    async begin(claimed, { from, to }) {
      await mine(claimed).set({ period_from: from, period_to: to }).execute();
    },

    async extend(claimed) {
      await mine(claimed)
        .set({ lease_until: now() + fetchLeaseMs })
        .execute();
    },

    async complete(claimed, { unreadable, unreadableSample, outside }, nextAt) {
      const { numUpdatedRows } = await release(claimed, 'complete', nextAt)
        .set({
          unreadable,
          unreadable_sample: JSON.stringify(unreadableSample),
          outside,
          error: null,
          tries: 0,
          fetched_at: now(),
        })
        .executeTakeFirst();
      return numUpdatedRows > 0n;
    },

    async fail(claimed, error, nextAt) {
      const { numUpdatedRows } = await release(claimed, 'failed', nextAt)
        .set((column) => ({ error: JSON.stringify(error), tries: column('tries', '+', 1) }))
        .executeTakeFirst();
      return numUpdatedRows > 0n;
    },
  };
}
