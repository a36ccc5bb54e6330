import { expect, onTestFinished, test } from 'vitest';
import { createWebhookDeliveries } from '../../src/events/webhook-deliveries.ts';
import { openTestStore } from '../support/host-place.ts';
import { meanwhile } from '../support/meanwhile.ts';

test('a company with many due deliveries does not hold back the deliveries of another company', async () => {
  const { store, close } = await openTestStore();
  onTestFinished(close);
  let now = 1_800_000_000_000;
  const deliveries = createWebhookDeliveries(store, 'this', () => now);
  for (let seq = 0; seq < 450; seq += 1) await deliveries.add('busy', 'call.answered', `${seq}`);
  now += 1000;
  await deliveries.add('other', 'call.answered', '1');
  const claimed = await deliveries.claim([], () => 4);
  expect(claimed.map(({ tenantId }) => tenantId)).toEqual([
    'busy',
    'busy',
    'busy',
    'busy',
    'other',
  ]);
});

test('a host that was frozen past its lease does not overwrite the outcome that another host has recorded', async () => {
  const { store, close } = await openTestStore();
  onTestFinished(close);
  let now = 1_800_000_000_000;
  const [frozen, other] = ['frozen', 'other'].map((host) =>
    createWebhookDeliveries(store, host, () => now),
  );
  await frozen?.add('1042', 'call.answered', '1');
  const [first] = (await frozen?.claim([], () => 4)) ?? [];
  now += 61_000;
  const [second] = (await other?.claim([], () => 4)) ?? [];
  if (!first || !second) throw new Error('it was not taken');
  await other?.finish(second, 'delivered', null);
  await frozen?.finish(first, 'given_up', 'the receiver answered 410');
  expect(
    await store.db
      .selectFrom('webhook_deliveries')
      .select(['state', 'attempts', 'last_error'])
      .execute(),
  ).toEqual([{ state: 'delivered', attempts: 1, last_error: null }]);
});

test('only one of two hosts that look for due deliveries at the same moment claims a delivery: the CRM would get it twice', async () => {
  const { store, close } = await openTestStore();
  onTestFinished(close);
  const now = 1_800_000_000_000;
  const other = createWebhookDeliveries(store, 'other', () => now);
  await other.add('1042', 'call.answered', '1');
  const late = meanwhile(store, 'webhook_deliveries', () => other.claim([], () => 4));
  const slow = createWebhookDeliveries(late, 'slow', () => now);
  expect(await slow.claim([], () => 4)).toEqual([]);
});

test('a delivery that another host has tried since this host looked for it is not claimed at once', async () => {
  const { store, close } = await openTestStore();
  onTestFinished(close);
  const now = 1_800_000_000_000;
  const other = createWebhookDeliveries(store, 'other', () => now);
  const late = meanwhile(store, 'webhook_deliveries', async () => {
    for (const claimed of await other.claim([], () => 4))
      await other.retryAt(claimed, now + 5000, 'the receiver answered 500');
  });
  await other.add('1042', 'call.answered', '1');
  const slow = createWebhookDeliveries(late, 'slow', () => now);
  expect(await slow.claim([], () => 4)).toEqual([]);
});

test('finishing one delivery leaves those of other companies, types and subjects pending', async () => {
  const { store, close } = await openTestStore();
  onTestFinished(close);
  const now = 1_800_000_000_000;
  const deliveries = createWebhookDeliveries(store, 'this', () => now);
  await deliveries.add('1042', 'call.answered', '1');
  await deliveries.add('1042', 'mailing.results', '1');
  await deliveries.add('2001', 'call.answered', '1');
  await deliveries.add('1042', 'call.answered', '2');
  const claimed = await deliveries.claim([], () => 4);
  const [first] = claimed.filter(
    ({ tenantId, type, subject }) =>
      tenantId === '1042' && type === 'call.answered' && subject === '1',
  );
  if (!first) throw new Error('it was not taken');
  await deliveries.finish(first, 'delivered', null);
  const states = await store.db
    .selectFrom('webhook_deliveries')
    .select(['tenant_id', 'type', 'subject'])
    .where('state', '=', 'pending')
    .orderBy('tenant_id')
    .orderBy('type')
    .execute();
  expect(states.map((row) => Object.values(row).join(' '))).toEqual([
    '1042 call.answered 2',
    '1042 mailing.results 1',
    '2001 call.answered 1',
  ]);
});

test('a failed delivery is due again at its retry time, and not before', async () => {
  const { store, close } = await openTestStore();
  onTestFinished(close);
  let now = 1_800_000_000_000;
  const deliveries = createWebhookDeliveries(store, 'this', () => now);
  const claim = () => deliveries.claim([], () => 4);
  await deliveries.add('1042', 'call.answered', '1');
  for (const claimed of await claim())
    await deliveries.retryAt(claimed, now + 5000, 'the receiver answered 500');
  now += 4999;
  expect(await claim()).toEqual([]);
  now += 1;
  expect(await claim()).toMatchObject([{ subject: '1', attempts: 1 }]);
  expect(await claim()).toEqual([]);
});

test('a delivery that is put back has used no attempt, and is due again at the given time', async () => {
  const { store, close } = await openTestStore();
  onTestFinished(close);
  let now = 1_800_000_000_000;
  const deliveries = createWebhookDeliveries(store, 'this', () => now);
  await deliveries.add('1042', 'call.answered', '1');
  const [claimed] = await deliveries.claim([], () => 4);
  if (!claimed) throw new Error('it was not taken');
  await deliveries.putBack(claimed, now + 5000);
  now += 4999;
  expect(await deliveries.claim([], () => 4)).toEqual([]);
  now += 1;
  expect(await deliveries.claim([], () => 4)).toEqual([claimed]);
});

test('a claimed delivery is due again once its lease has run out, for whoever looks then', async () => {
  const { store, close } = await openTestStore();
  onTestFinished(close);
  let now = 1_800_000_000_000;
  const [dead, other] = ['dead', 'other'].map((host) =>
    createWebhookDeliveries(store, host, () => now),
  );
  await dead?.add('1042', 'call.answered', '1');
  const claimed = await dead?.claim([], () => 4);
  now += 59_000;
  expect(await other?.claim([], () => 4)).toEqual([]);
  now += 2000;
  expect(await other?.claim([], () => 4)).toEqual(claimed);
});

test('what an earlier process of this host was sending is due as soon as it is released, not only at the end of its lease', async () => {
  const { store, close } = await openTestStore();
  onTestFinished(close);
  let now = 1_800_000_000_000;
  const deliveries = createWebhookDeliveries(store, 'this', () => now);
  await deliveries.add('1042', 'call.answered', '1');
  await deliveries.add('1042', 'call.answered', '2');
  const [first, second] = await deliveries.claim([], () => 4);
  if (!first || !second) throw new Error('they were not taken');
  await deliveries.retryAt(second, now + 30_000, 'the receiver answered 500');
  now += 1000;
  await deliveries.releaseAll();
  expect(await deliveries.claim([], () => 4)).toEqual([first]);
});

test('deliveries that cannot be claimed, though they seem due, do not keep a host looking for ever', async () => {
  const { store, close } = await openTestStore();
  onTestFinished(close);
  const now = 1_800_000_000_000;
  const deliveries = createWebhookDeliveries(store, 'this', () => now);
  for (let seq = 0; seq < 250; seq += 1) await deliveries.add('busy', 'call.answered', `${seq}`);
  await store.db
    .updateTable('webhook_deliveries')
    .set({ claimed_until: now + 1000 })
    .execute();
  expect(await deliveries.claim([], () => 300)).toEqual([]);
});
