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

  it('counts as activated from its clear on, because some vendors dial from the first contact', async () => {
    await become({ state: 'active', cleared_at: cleared, activated_at: activated });
    expect(await seen()).toMatchObject({ activatedAt: cleared, stage: 'active' });
  });

  it('is over once another mailing has its queue, but active again if that mailing could not clear the queue', async () => {
    await become({ state: 'active', cleared_at: cleared, replaced_at: replaced });
    expect(await seen()).toMatchObject({ replacedAt: replaced, stage: 'over' });
    // The other mailing could not clear the queue.
    await become({ in_queue_since: cleared });
    expect(await seen()).toMatchObject({ replacedAt: undefined, stage: 'active' });
  });

  it('keeps the name of the connection that it was loaded through, for its results to be read there', async () => {
    await become({ state: 'active', cleared_at: cleared, connection: 'former' });
    expect(await seen()).toMatchObject({ loadedThrough: 'former' });
  });

  it('is ending while it is deactivated, even if another mailing has its queue', async () => {
    await become({ state: 'deactivating', cleared_at: cleared, replaced_at: replaced });
    expect(await seen()).toMatchObject({ replacedAt: replaced, stage: 'ending' });
  });
});

it('deactivating a mailing requests its final fetch and holds that mailing until then, but no other mailing', async () => {
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
