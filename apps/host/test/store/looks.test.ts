import { expect, test } from 'vitest';
import { createWebhookDeliveries } from '../../src/events/webhook-deliveries.ts';
import { createDailyFetches } from '../../src/results/daily-fetches.ts';
import { createResultFetches } from '../../src/results/result-fetches.ts';
import { createUntoldEnds } from '../../src/results/untold-ends.ts';
import { openTestStore } from '../support/host-place.ts';
import { openResults } from '../support/open-results.ts';
import { recordsOf } from '../support/records.ts';
import { noteWholeReads } from '../support/whole-reads.ts';

test('the queries that a host repeats each moment use indexes instead of reading whole tables', async () => {
  const { store, close } = await openTestStore();
  const { noted, wholeReads } = noteWholeReads(store);
  const now = Date.now;
  const { calls, mailings, intakes } = recordsOf(noted, 'this', now);
  const fetches = createResultFetches(noted, now);
  const directory = { peek: () => undefined, get: async () => undefined };
  try {
    await calls.doubt();
    await mailings.claim(64, [], 16);
    await mailings.wakeForgotten();
    await mailings.active(now());
    await mailings.older(now(), 0);
    await intakes.abandoned();
    await fetches.failForsaken();
    await fetches.claimDue(3, []);
    const tellFailed = () => undefined;
    await createDailyFetches(noted, { directory, fetches, tellFailed }, now)();
    await createUntoldEnds(noted, { directory, tellFailed, finish: async () => undefined })();
    await createWebhookDeliveries(noted, 'this', now).claim([], () => 4);
    expect(await wholeReads()).toEqual([]);
  } finally {
    await close();
  }
});

test('a host that looks for mailings reads those that wait once, not once for each of them: with 2000 it would stand still for a fifth of a second', async () => {
  const { store, close } = await openTestStore();
  const { noted, plans } = noteWholeReads(store);
  try {
    await recordsOf(noted, 'this', Date.now).mailings.claim(64, [], 16);
    expect((await plans()).filter((plan) => plan.startsWith('CORRELATED'))).toEqual([]);
  } finally {
    await close();
  }
});

test('a host that looks for due webhooks reads only the index, beside those of companies that have enough under way: behind a slow receiver there may be a hundred thousand, at every look', async ({
  skip,
}) => {
  const { store, close } = await openTestStore();
  const { noted, plans } = noteWholeReads(store);
  try {
    if (store.native.engine !== 'sqlite') return skip();
    await createWebhookDeliveries(noted, 'this', Date.now).claim(['busy'], () => 4);
    expect((await plans()).filter((plan) => plan.includes('webhook_deliveries'))).toEqual([
      expect.stringContaining('USING COVERING INDEX webhook_deliveries_due (next_at<?)'),
    ]);
  } finally {
    await close();
  }
});

test('the queries for a call, an operator, a number or a contact use indexes instead of reading all rows of the company', async () => {
  const { store, tenant, close } = await openResults();
  const { noted, plans } = noteWholeReads(store);
  const { calls, events, exchanges } = recordsOf(noted, 'this', Date.now);
  const now = Date.now();
  try {
    await calls.find(tenant, 'c-1');
    await calls.lastOf(tenant, '1001', now);
    for (const filter of [{ extension: '1001' }, { number: '+5541999998888' }])
      await calls.list(tenant, { ...filter, limit: 10 });
    await events.findByCall(tenant, 'c-1');
    await events.lastOf(tenant, '1001', now);
    for (const subject of [
      { callId: 'c-1' },
      { attemptId: 'a-1' },
      { number: '+5541999998888' },
      { contactId: '7001' },
    ])
      await exchanges.find(tenant.id, tenant.cipher, { ...subject, limit: 10 });
    expect((await plans()).filter((plan) => plan.endsWith('(tenant_id=?)'))).toEqual([]);
  } finally {
    await close();
  }
});
