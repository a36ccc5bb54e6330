import { expect, test } from 'vitest';
import { untilFetched } from '../../src/mailings/mailing-state.ts';
import { createDailyFetches } from '../../src/results/daily-fetches.ts';
import { createResultFetches } from '../../src/results/result-fetches.ts';
import { createUntoldEnds } from '../../src/results/untold-ends.ts';
import type { TenantDirectory } from '../../src/tenants/tenant.ts';
import { openResults } from '../support/open-results.ts';
import { recordsOf } from '../support/records.ts';

const at = 1_764_000_000_000;

/** Mailings of two companies. The document of the first cannot be read, for instance after an update; `failure.thrown` may be set to an error of the store instead. */
async function openTwo(change: object, document: object) {
  const { store, tenant, close } = await openResults();
  const { intakes, mailings } = recordsOf(store, 'this', () => at);
  for (const id of ['broken', 'sound'])
    await intakes.create({ ...tenant, id }, { id: `m-${id}`, queue: '7', parameters: {} });
  await store.db.updateTable('mailings').set(change).execute();
  const failure = { thrown: new Error('the document cannot be read') };
  const directory: TenantDirectory = {
    peek: () => undefined,
    async get(id) {
      if (id === 'broken') throw failure.thrown;
      return { ...tenant, id, ...document };
    },
  };
  const told: string[] = [];
  const tellFailed = (tenantId: string) => void told.push(tenantId);
  return { store, mailings, directory, failure, told, tellFailed, close };
}

const away = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });

test('fetches during the day are scheduled despite another company whose document cannot be read, but not while the store is away', async () => {
  const { store, directory, failure, told, tellFailed, close } = await openTwo(
    { state: 'active', activated_at: at },
    { resultsEveryMs: 60_000 },
  );
  const fetches = createResultFetches(store, () => at);
  let now = at;
  const schedule = createDailyFetches(store, { directory, fetches, tellFailed }, () => now);
  await schedule();
  expect(await fetches.find('m-sound')).toMatchObject({ nextAt: at + 60_000 });
  expect(told).toEqual(['broken']);

  // A store that is away is not the fault of one company.
  failure.thrown = away;
  now += 60_000;
  await expect(schedule()).rejects.toThrow('ECONNREFUSED');
  await close();
});

test("mailings whose results no connection can tell are finished despite another company's unreadable document, but not while the store is away", async () => {
  const { store, mailings, directory, failure, told, tellFailed, close } = await openTwo(
    { state: 'deactivating', held_until: untilFetched },
    { bindings: {} },
  );
  const endUntold = createUntoldEnds(store, {
    directory,
    tellFailed,
    finish: (id) => mailings.finish(id),
  });
  await endUntold();
  const states = await store.db.selectFrom('mailings').select(['id', 'state']).execute();
  expect(states).toContainEqual({ id: 'm-sound', state: 'finished' });
  expect(told).toEqual(['broken']);

  failure.thrown = away;
  await expect(endUntold()).rejects.toThrow('ECONNREFUSED');
  await close();
});

test('a mailing whose dialing is still being stopped is not finished when its company removes the results feature', async () => {
  const { store, mailings, directory, tellFailed, close } = await openTwo(
    { state: 'deactivating', held_until: at },
    { bindings: {} },
  );
  await createUntoldEnds(store, {
    directory,
    tellFailed,
    finish: (id) => mailings.finish(id),
  })();
  const states = await store.db.selectFrom('mailings').select(['id', 'state']).execute();
  expect(states).toContainEqual({ id: 'm-sound', state: 'deactivating' });
  await close();
});
