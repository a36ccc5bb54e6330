import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { untilFetched } from '../../src/mailings/mailing-state.ts';
import type { MailingTable } from '../../src/store/schema.ts';
import { createFetchableMailings } from '../../src/results/fetchable-mailings.ts';
import { createMailingEnds } from '../../src/results/mailing-ends.ts';
import { createResultFetches } from '../../src/results/result-fetches.ts';
import { openOneMailing } from '../support/one-mailing.ts';

let opened: Awaited<ReturnType<typeof openOneMailing>>;
beforeEach(async () => {
  opened = await openOneMailing();
});
afterEach(() => opened.close());

const [cleared, activated, replaced] = [1000, 2000, 3000];

const become = (change: Partial<MailingTable>) =>
  opened.store.db.updateTable('mailings').set(change).execute();

describe('a mailing whose results are fetched', () => {
  const seen = () =>
    createFetchableMailings(opened.host('first').mailings).find(opened.tenant, 'm-1');

  it('was dialed from its clear on: some dialers begin with the first contact', async () => {
    await become({ state: 'active', cleared_at: cleared, activated_at: activated });
    expect(await seen()).toMatchObject({ activatedAt: cleared, stage: 'active' });
  });

  it('is dialed no more once another one has its queue, and has no next fetch then', async () => {
    await become({ state: 'active', cleared_at: cleared, replaced_at: replaced });
    expect(await seen()).toMatchObject({ replacedAt: replaced, stage: 'over' });
    // That one could not clear it.
    await become({ in_queue_since: cleared });
    expect(await seen()).toMatchObject({ replacedAt: undefined, stage: 'active' });
  });

  it('is asked for where its contacts are, though its company loads elsewhere by now', async () => {
    await become({ state: 'active', cleared_at: cleared, connection: 'former' });
    expect(await seen()).toMatchObject({ loadedThrough: 'former' });
  });

  it('ends with them where it was deactivated, whoever has its queue', async () => {
    await become({ state: 'deactivating', cleared_at: cleared, replaced_at: replaced });
    expect(await seen()).toMatchObject({ replacedAt: replaced, stage: 'ending' });
  });
});

it('a mailing that waits for its last results keeps no other one from its end', async () => {
  const { host, tenant, store, clock, record } = opened;
  const { intakes, mailings } = host('first');
  await intakes.create(tenant, { id: 'm-2', queue: '8', parameters: {} });
  await become({ state: 'deactivating', cleared_at: cleared });
  const fetches = createResultFetches(store, clock);
  let woken = 0;
  const ends = createMailingEnds(store, { mailings, fetches }, () => (woken += 1));
  await ends.onDeactivated(tenant, await record());
  expect(await fetches.find('m-1')).toMatchObject({ isFinal: true, nextAt: clock() });
  expect(await fetches.find('m-2')).toBeUndefined();
  expect(woken).toBe(1);
  const held = await store.db.selectFrom('mailings').select(['id', 'held_until']).execute();
  expect(held).toContainEqual({ id: 'm-1', held_until: untilFetched });
  expect(held).toContainEqual({ id: 'm-2', held_until: 0 });
});
