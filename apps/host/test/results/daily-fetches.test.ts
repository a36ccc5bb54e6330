import { expect, test } from 'vitest';
import { createDailyFetches } from '../../src/results/daily-fetches.ts';
import { createResultFetches } from '../../src/results/result-fetches.ts';
import { openResults } from '../support/open-results.ts';
import { recordsOf } from '../support/records.ts';
import { turnsDuring } from '../support/turns.ts';

test('a look at the mailings of many companies holds up nobody', async () => {
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

test('a mailing that becomes active after the clock was set back has its next fetch, and waits for no hour', async () => {
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
