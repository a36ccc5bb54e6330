import { randomBytes } from 'node:crypto';
import type { Adapter, Outcome, ReportedAttempt, UnreadableRow } from '@finaz-telephony/core';
import { silentLogger } from '../../src/logger.ts';
import { createAttemptStore } from '../../src/results/attempt-store.ts';
import type { MailingContacts } from '../../src/results/mailing-contacts.ts';
import { readResults } from '../../src/results/read-results.ts';
import { createResultFetches } from '../../src/results/result-fetches.ts';
import { countedResults, summarize } from '../../src/results/summary.ts';
import { createStatusStore } from '../../src/results/vendor-statuses.ts';
import { createVault } from '../../src/store/vault.ts';
import { boundFeature } from '../../src/tenants/bound-feature.ts';
import type { Tenant } from '../../src/tenants/tenant.ts';
import { connectionTo } from './connection-to.ts';
import { openTestStore } from './host-place.ts';
import { noEgress } from './no-egress.ts';
import { noExchanges } from './no-exchanges.ts';

/** What the dialer of a test reports. */
export type Report = readonly (ReportedAttempt | UnreadableRow)[];

const isUnreadable = (row: ReportedAttempt | UnreadableRow): row is UnreadableRow =>
  'position' in row;

/** Results of one mailing on a real store, without a host and without a vendor. */
export async function openResults(contacts: Readonly<Record<string, readonly string[]>> = {}) {
  const { store, close } = await openTestStore();
  const vault = createVault(store, [{ id: 'test', key: randomBytes(32) }]);
  const cipher = await vault.cipher('1042');
  let outcomeOf: (status: string) => Outcome = () => 'unknown';
  let report: Report = [];
  const adapter: Adapter = {
    features: {
      dialerResults: {
        outcomeOf: (status) => outcomeOf(status),
        async *read({ onUnreadable }) {
          for (const row of report) {
            if (isUnreadable(row)) onUnreadable?.(row);
            else yield row;
          }
        },
      },
    },
  };
  const tenant: Tenant = {
    id: '1042',
    name: 'Test',
    version: 1,
    timeZone: 'America/Sao_Paulo',
    inbound: { allows: () => false, repeatWindowMs: 0 },
    connections: new Map([['dialer', connectionTo(adapter)]]),
    unusable: new Set(),
    bindings: { dialerResults: 'dialer' },
    rules: {},
    resultsEveryMs: undefined,
    cipher,
  };
  const known: MailingContacts = {
    strangers: async (_, ids) => new Set(ids.filter((id) => !(id in contacts))),
    byNumber: async (_, hashes) =>
      new Map(
        hashes.map((hash) => [
          hash,
          Object.entries(contacts)
            .filter(([, numbers]) => numbers.some((number) => cipher.hash(number) === hash))
            .map(([id]) => id),
        ]),
      ),
  };
  const attempts = createAttemptStore(store);
  const statuses = createStatusStore(store);
  const fetches = createResultFetches(store, Date.now);
  const mailing = { mailingId: 'm-1', queue: '7', parameters: {}, captures: {} };

  return {
    store,
    tenant,
    fetches,
    statuses,
    attempts,
    setOutcomes: (map: Readonly<Record<string, Outcome>>) => {
      outcomeOf = (status) => map[status] ?? 'unknown';
    },
    /** One whole fetch of what the vendor reports now, of a mailing that had the queue in this time. */
    async fetch(
      rows: Report,
      {
        from = new Date(0),
        until,
        signal = new AbortController().signal,
      }: { from?: Date; until?: Date; signal?: AbortSignal } = {},
    ) {
      report = rows;
      await fetches.request(
        { id: 'm-1', ref: 1, tenantId: '1042', connection: 'dialer' },
        { isFinal: false, at: 1 },
      );
      const [claimed] = await fetches.claimDue(1, []);
      if (!claimed) throw new Error('nothing was claimed');
      const told = await readResults(
        {
          logger: silentLogger,
          now: () => new Date(),
          egress: noEgress,
          exchanges: noExchanges,
          attempts,
          statuses,
          contacts: known,
          onStored: async () => undefined,
        },
        {
          tenant,
          mailing,
          feature: boundFeature(tenant, 'dialerResults'),
          ref: claimed.results.ref,
          fetchId: claimed.fetchId,
          period: { from, to: until ?? new Date() },
          until: until?.getTime(),
          signal,
          onProgress: () => undefined,
          onWaiting: () => undefined,
        },
      );
      await fetches.complete(claimed, told, null);
      return told;
    },
    summary: async () =>
      summarize('m-1', await countedResults({ attempts, statuses, fetches }, tenant, 'm-1')),
    /** All that is stored, in the order of the key that an attempt has for the vendor. */
    async all(foreign = false) {
      const results = await fetches.find('m-1');
      const page = await attempts.page(tenant, results?.ref ?? 0, {
        after: 0,
        upTo: results?.lastSeq ?? 0,
        limit: 10_000,
        filter: { foreign },
        statuses: await statuses.read(tenant),
      });
      return page.attempts.toSorted((left, right) =>
        JSON.stringify(left).localeCompare(JSON.stringify(right)),
      );
    },
    close,
  };
}
