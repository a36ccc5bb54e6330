import { expect, it, onTestFinished } from 'vitest';
import { createCallIdBinder } from '../../src/calls/bind-call-ids.ts';
import { createCallStore } from '../../src/calls/call-store.ts';
import type { EventLog } from '../../src/events/event-log.ts';
import { silentLogger } from '../../src/logger.ts';
import type { Store } from '../../src/store/store.ts';
import type { Tenant } from '../../src/tenants/tenant.ts';
import { openResults } from '../support/open-results.ts';
import { recordsOf } from '../support/records.ts';
import { eventRow } from '../support/rows.ts';
import { newCall } from '../support/new-call.ts';

const minutes = 60_000;
const placedAt = Date.UTC(2026, 10, 24, 15);

const binderOf = (store: Store, tenant: Tenant, events: EventLog) =>
  createCallIdBinder(store, { get: async () => tenant, peek: () => tenant }, events, silentLogger);

/** A call in doubt that an operator has placed. */
async function startWithDoubt() {
  const { store, tenant, close } = await openResults();
  onTestFinished(close);
  const { calls, events } = recordsOf(store, 'host', () => placedAt);
  const numberHash = tenant.cipher.hash('+5541999998888');
  const detail = { number: '+5541999998888' };
  await calls.begin(newCall(tenant, { attemptId: 'attempt', numberHash, detail }));
  const outcome = { state: 'in_doubt', callId: null, detail, errorCode: 'timeout' } as const;
  await calls.finish({ attemptId: 'attempt', tenant, ...outcome });
  const binder = binderOf(store, tenant, events);
  const reported = (callId: string, at: number, mostBehindMs = 2 * minutes) =>
    binder.bind(tenant, [
      { callId, extension: '1001', at, mostBehindMs, numberHash: () => numberHash },
    ]);
  return { store, reported };
}

it.each([
  ['in the moment of the call', 0],
  ['nine minutes after the call', 9],
  ['ten minutes after the call', 10],
])('a call gets an id that was reported %s', async (_, after) => {
  const { reported } = await startWithDoubt();
  expect(await reported('it', placedAt + after * minutes)).toBe(1);
});

it("a call does not get an id reported more than ten minutes after it, or before it by more than the vendor's clock may be behind", async () => {
  const { reported } = await startWithDoubt();
  expect(await reported('before', placedAt - 3 * minutes)).toBe(0);
  expect(await reported('long after', placedAt + 10 * minutes + 1)).toBe(0);
  // A minute too early if the clock is right, but not if it may be behind.
  expect(await reported('of the vendor', placedAt - minutes, 0)).toBe(0);
  expect(await reported('it', placedAt - minutes)).toBe(1);
});

it('a call does not get an id under which a call was answered before it was placed, even if the report gives a later time', async () => {
  const { store, reported } = await startWithDoubt();
  await store.db
    .insertInto('events')
    .values({ ...eventRow('1042', 1, placedAt - minutes), call_id: 'answered before' })
    .execute();
  expect(await reported('answered before', placedAt)).toBe(0);
});

it('a call of a dead host counts as accepted if its answered event came before another host noticed the death', async () => {
  const { store, tenant, close } = await openResults();
  onTestFinished(close);
  let now = placedAt;
  const { calls, events } = recordsOf(store, 'dead', () => now);
  const numberHash = tenant.cipher.hash('+5541999998888');
  await calls.begin(newCall(tenant, { attemptId: 'attempt', numberHash }));
  now += 5000;
  const call = { callId: 'it', extension: '1001', number: '041999998888' };
  await events.append({ tenant, source: 'server', connection: 'dialer', call });
  now += minutes;
  const binder = binderOf(store, tenant, events);
  const next = createCallStore(store, 'next', () => now, binder.onWithoutId);
  expect(await next.doubt()).toBe(1);
  await binder.drain();
  expect(await next.byAttempt(tenant, 'attempt')).toMatchObject({
    state: 'accepted',
    callId: 'it',
  });
});

it('a call id that the vendor gives again each day is bound each day, and on one day to one call only', async () => {
  const { store, tenant, close } = await openResults();
  onTestFinished(close);
  let now = placedAt;
  const { calls, events } = recordsOf(store, 'host', () => now);
  const binder = binderOf(store, tenant, events);
  const numberHash = tenant.cipher.hash('+5541999998888');
  const detail = { number: '+5541999998888' };
  const call = { callId: '17', extension: '1001', number: '041999998888' };
  const place = async (attemptId: string) => {
    await calls.begin(newCall(tenant, { attemptId, numberHash, detail }));
    const outcome = { state: 'in_doubt', callId: null, detail, errorCode: 'timeout' } as const;
    await calls.finish({ attemptId, tenant, ...outcome });
  };
  const seen = () => ({ ...call, at: now, mostBehindMs: 0, numberHash: () => numberHash });
  for (const attemptId of ['monday', 'tuesday']) {
    await place(attemptId);
    now += 5000;
    await events.append({ tenant, source: 'server', connection: 'dialer', call });
    expect(await binder.bind(tenant, [seen()])).toBe(1);
    expect(await calls.byAttempt(tenant, attemptId)).toMatchObject({
      state: 'accepted',
      callId: '17',
    });
    await place(`${attemptId}, once more`);
    now += 5000;
    expect(await binder.bind(tenant, [seen()])).toBe(0);
    now += 24 * 60 * minutes;
  }
});

it("a call gets its id from a report even if the vendor's answer to a transfer has given the same id", async () => {
  const { store, tenant, close } = await openResults();
  onTestFinished(close);
  const { calls, events } = recordsOf(store, 'host', () => placedAt);
  const numberHash = tenant.cipher.hash('+5541999998888');
  await calls.begin(newCall(tenant, { attemptId: 'call', numberHash }));
  await calls.begin(newCall(tenant, { attemptId: 'transfer', feature: 'transfer' }));
  const outcome = { tenant, state: 'accepted', errorCode: null } as const;
  await calls.finish({ attemptId: 'call', callId: null, ...outcome });
  // The vendor's answer to the transfer gave this id.
  await calls.finish({ attemptId: 'transfer', callId: 'it', ...outcome });
  const binder = binderOf(store, tenant, events);
  const seen = { callId: 'it', extension: '1001', at: placedAt, mostBehindMs: 2 * minutes };
  expect(await binder.bind(tenant, [{ ...seen, numberHash: () => numberHash }])).toBe(1);
});
