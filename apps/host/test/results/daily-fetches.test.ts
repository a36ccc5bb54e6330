import { expect, test } from 'vitest';
import { createDailyFetches } from '../../src/results/daily-fetches.ts';
import { createResultFetches } from '../../src/results/result-fetches.ts';
import { meanwhile } from '../support/meanwhile.ts';
import type { MailingTable } from '../../src/store/schema.ts';
import { openResults } from '../support/open-results.ts';
import { recordsOf } from '../support/records.ts';
import { turnsDuring } from '../support/turns.ts';

test('scheduling fetches for the mailings of many companies does not block the event loop', async () => {
  const { store, tenant, close } = await openResults();
  const { intakes } = recordsOf(store, 'this', Date.now);
  const fetches = createResultFetches(store, Date.now);
  const ids = ['1', '2', '3', '4'];
  try {
    for (const id of ids)
      await intakes.create({ ...tenant, id }, { id: `m-${id}`, queue: '7', parameters: {} });
    await store.db.updateTable('mailings').set({ state: 'active' }).execute();
    const directory = {
      peek: () => undefined,
      get: async (id: string) => ({ ...tenant, id, resultsEveryMs: 60_000 }),
    };
    const tellFailed = () => undefined;
    const looking = { directory, fetches, tellFailed };
    const look = createDailyFetches(store, looking, Date.now);
    await look();
    for (const id of ids) expect(await fetches.find(`m-${id}`)).toMatchObject({ state: 'waiting' });
    const again = createDailyFetches(store, looking, Date.now);
    expect(await turnsDuring(again)).toBeGreaterThanOrEqual(ids.length - 1);
  } finally {
    await close();
  }
});

test('a mailing activated after the clock was set back by an hour gets its next fetch without waiting for that hour', async () => {
  const { store, tenant, close } = await openResults();
  let at = 1_764_000_000_000;
  const now = () => at;
  const { intakes } = recordsOf(store, 'this', now);
  const fetches = createResultFetches(store, now);
  const directory = {
    peek: () => undefined,
    get: async () => ({ ...tenant, resultsEveryMs: 60_000 }),
  };
  try {
    const look = createDailyFetches(
      store,
      { directory, fetches, tellFailed: () => undefined },
      now,
    );
    await look();
    at -= 3_600_000;
    await intakes.create(tenant, { id: 'm-1', queue: '7', parameters: {} });
    await store.db.updateTable('mailings').set({ state: 'active' }).execute();
    await look();
    expect(await fetches.find('m-1')).toMatchObject({ state: 'waiting' });
  } finally {
    await close();
  }
});

test('a mailing deactivated while its next fetch is being scheduled has its final fetch due at once', async () => {
  const { store, tenant, close } = await openResults();
  const at = 1_764_000_000_000;
  const now = () => at;
  const { intakes } = recordsOf(store, 'this', now);
  const fetches = createResultFetches(store, now);
  const directory = {
    peek: () => undefined,
    get: async () => ({ ...tenant, resultsEveryMs: 3_600_000 }),
  };
  try {
    const ref = await intakes.create(tenant, { id: 'm-1', queue: '7', parameters: {} });
    await store.db.updateTable('mailings').set({ state: 'active', activated_at: at }).execute();
    const mailing = { id: 'm-1', ref, tenantId: tenant.id, connection: 'dialer' };
    const late = meanwhile(store, 'mailings', () => fetches.request(mailing, { isFinal: true }), 2);
    const looking = { directory, fetches, tellFailed: () => undefined };
    await createDailyFetches(late, looking, now)();
    expect(await fetches.find('m-1')).toMatchObject({ isFinal: true, nextAt: at });
  } finally {
    await close();
  }
});

test("each active mailing is fetched at the company's interval, and once more after another mailing replaced it", async () => {
  const { store, tenant, close } = await openResults();
  const at = 1_764_000_000_000;
  const [every, long] = [3_600_000, 86_400_000];
  const { intakes } = recordsOf(store, 'this', () => at);
  const fetches = createResultFetches(store, () => at);
  const directory = {
    peek: () => undefined,
    get: async (id: string) => ({
      ...tenant,
      id,
      bindings: { contactLoad: 'dialer', dialerResults: 'dialer' },
      ...(id !== 'seldom' && { resultsEveryMs: every }),
    }),
  };
  const told = { unreadable: 0, unreadableSample: [], outside: 0 };
  /** A mailing with these changes, and with a fetch that was completed at `fetchedAt`, if given. */
  async function add(
    id: string,
    change: Partial<MailingTable>,
    { fetchedAt, of = tenant.id }: { fetchedAt?: number; of?: string } = {},
  ): Promise<void> {
    const ref = await intakes.create({ ...tenant, id: of }, { id, queue: id, parameters: {} });
    await store.db
      .updateTable('mailings')
      .set({ state: 'active', activated_at: at - long, ...change })
      .where('id', '=', id)
      .execute();
    if (fetchedAt === undefined) return;
    const then = createResultFetches(store, () => fetchedAt);
    const mailing = { id, ref, tenantId: of, connection: 'dialer' };
    await then.request(mailing, { isFinal: false });
    const [claimed] = await then.claimDue(1, []);
    if (claimed) await then.complete(claimed, told, null);
  }
  const nextOf = async (id: string) => (await fetches.find(id))?.nextAt;
  try {
    await add('nowhere', { connection: 'taken-out' });
    await add('young', { activated_at: at - 1 });
    await add('old', {});
    await add('fetched', {}, { fetchedAt: at - 5 });
    await add('replaced-since', { replaced_at: at - 3 }, { fetchedAt: at - 5 });
    await add('replaced-unfetched', { replaced_at: at - 3 });
    await add('replaced-before', { replaced_at: at - 7 }, { fetchedAt: at - 5 });
    await add('ending', { state: 'deactivating' });
    await add('seldom', {}, { of: 'seldom' });
    const looking = { directory, fetches, tellFailed: () => undefined };
    await createDailyFetches(store, looking, () => at)();
    expect(await nextOf('young')).toBe(at - 1 + every);
    expect(await nextOf('old')).toBe(at);
    expect(await nextOf('fetched')).toBe(at - 5 + every);
    expect(await nextOf('replaced-since')).toBe(at - 5 + every);
    expect(await nextOf('replaced-unfetched')).toBe(at);
    for (const id of ['nowhere', 'replaced-before', 'ending', 'seldom'])
      expect(await nextOf(id)).toBeUndefined();
    // A CRM that hears of final results would ask for no more, while the mailing is still being dialed.
    for (const id of ['young', 'old', 'fetched', 'replaced-since', 'replaced-unfetched'])
      expect(await fetches.find(id)).toMatchObject({ isFinal: false });
  } finally {
    await close();
  }
});
