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
