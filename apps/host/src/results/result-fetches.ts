import { randomUUID } from 'node:crypto';
import type { Store } from '../store/store.ts';
import {
  createClaimedFetches,
  fetchLeaseMs,
  type ClaimedFetch,
  type ClaimedFetches,
} from './claimed-fetches.ts';
import { pauseBeforeFetch } from './fetch-pauses.ts';
import {
  toResults,
  type FetchError,
  type FetchState,
  type MailingResults,
} from './mailing-results.ts';

/** Which results are to be fetched, and by whom: of several hosts one fetches, and a dead one's work is taken over. */
export interface ResultFetches extends ClaimedFetches {
  readonly find: (mailingId: string) => Promise<MailingResults | undefined>;
  /**
   * Requests a fetch, which begins as soon as a host has a hand free. `isFinal`: because the mailing was deactivated.
   *
   * @param at when, unless a fetch is requested already; at once, if left out
   */
  readonly request: (
    mailing: {
      readonly id: string;
      readonly ref: number;
      readonly tenantId: string;
      readonly connection: string;
    },
    options: { readonly isFinal: boolean; readonly at?: number },
  ) => Promise<void>;
  /**
   * Marks fetches whose host is gone as failed, so that each is tried again later than the one before. The report itself may be what the host died of: a page
   * too large for its memory. Fetched again at once, it would end the host for all companies, for ever.
   *
   * @returns the fetches that this host has marked
   */
  readonly failForsaken: () => Promise<Pick<MailingResults, 'mailingId' | 'tenantId'>[]>;
  /** On a database that only this host uses, the host of every fetch that has begun is gone. */
  readonly forsakeAll: () => Promise<void>;
  readonly claimDue: (limit: number, busyTenants: readonly string[]) => Promise<ClaimedFetch[]>;
}

export function createResultFetches(store: Store, now: () => number): ResultFetches {
  const { db } = store;

  return {
    ...createClaimedFetches(store, now),

    async find(mailingId) {
      const row = await db
        .selectFrom('mailing_results')
        .selectAll()
        .where('mailing_id', '=', mailingId)
        .executeTakeFirst();
      return row && toResults(store, row);
    },

    async request({ id, ref, tenantId, connection }, { isFinal, at }) {
      const next = at ?? now();
      await db
        .insertInto('mailing_results')
        .values({
          mailing_id: id,
          ref,
          tenant_id: tenantId,
          connection,
          state: 'waiting',
          period_from: null,
          period_to: null,
          last_seq: 0,
          latest_at: null,
          unreadable: 0,
          unreadable_sample: '[]',
          outside: 0,
          error: null,
          fetch_id: null,
          lease_until: 0,
          tries: 0,
          next_at: next,
          is_final: isFinal ? 1 : 0,
          fetched_at: null,
          created_at: now(),
        })
        .onConflict((conflict) => {
          const again = conflict.column('mailing_id').doUpdateSet((column) => ({
            next_at: next,
            tries: 0,
            is_final: isFinal ? 1 : column.ref('mailing_results.is_final'),
            state: column
              .case()
              .when('mailing_results.state', '=', 'fetching')
              .then(column.ref('mailing_results.state'))
              .else(column.val<FetchState>('waiting'))
              .end(),
          }));
          return at === undefined ? again : again.where('mailing_results.next_at', 'is', null);
        })
        .execute();
    },

    async failForsaken() {
      const at = now();
      const forsaken = await db
        .selectFrom('mailing_results')
        .select(['mailing_id', 'tenant_id', 'fetch_id', 'tries', 'next_at'])
        .where('next_at', '<=', at)
        .where('fetch_id', 'is not', null)
        .where('lease_until', '<', at)
        .execute();
      const failed: Pick<MailingResults, 'mailingId' | 'tenantId'>[] = [];
      for (const { mailing_id, tenant_id, fetch_id, tries, next_at } of forsaken) {
        const pause = pauseBeforeFetch(tries);
        const { numUpdatedRows } = await db
          .updateTable('mailing_results')
          .set({
            fetch_id: null,
            lease_until: 0,
            state: 'failed',
            error: JSON.stringify(hostIsGone),
            tries: tries + 1,
            next_at: pause === undefined ? null : at + pause,
          })
          .where('mailing_id', '=', mailing_id)
          .where('fetch_id', '=', fetch_id)
          .where('lease_until', '<', at)
          // A fetch that was requested meanwhile has no earlier tries.
          .where('next_at', '=', next_at)
          .executeTakeFirst();
        if (numUpdatedRows > 0n) failed.push({ mailingId: mailing_id, tenantId: tenant_id });
      }
      return failed;
    },

    async forsakeAll() {
      await db
        .updateTable('mailing_results')
        .set({ lease_until: 0 })
        .where('lease_until', '>', 0)
        .execute();
    },

    async claimDue(limit, busyTenants) {
      const at = now();
      let due = db
        .selectFrom('mailing_results')
        .selectAll()
        .where('next_at', '<=', at)
        .where('fetch_id', 'is', null)
        .orderBy('next_at')
        .limit(limit * 4);
      if (busyTenants.length > 0) due = due.where('tenant_id', 'not in', [...busyTenants]);
      const claimed: ClaimedFetch[] = [];
      const tenants = new Set<string>();
      for (const row of await due.execute()) {
        if (claimed.length === limit) break;
        if (tenants.has(row.tenant_id)) continue;
        const fetchId = randomUUID();
        const { numUpdatedRows } = await db
          .updateTable('mailing_results')
          .set({ fetch_id: fetchId, lease_until: at + fetchLeaseMs, state: 'fetching' })
          .where('mailing_id', '=', row.mailing_id)
          .where('next_at', '<=', at)
          .where('fetch_id', 'is', null)
          .executeTakeFirst();
        if (numUpdatedRows === 0n) continue;
        tenants.add(row.tenant_id);
        claimed.push({
          results: toResults(store, { ...row, state: 'fetching' }),
          fetchId,
          isAfterFailure: row.error !== null,
        });
      }
      return claimed;
    },
  };
}

const hostIsGone: FetchError = {
  code: 'internal',
  message: 'The host ended while it read the report.',
  hint: 'If this happens again, the host has too little memory for the report: set `pages` or `windows` of dialerResults, so that it reads less at once.',
};
