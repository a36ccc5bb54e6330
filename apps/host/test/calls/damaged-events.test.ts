// Answered calls whose content can no longer be opened, for instance because their row was damaged.
import { afterAll, expect, it } from 'vitest';
import { createCallIdBinder } from '../../src/calls/bind-call-ids.ts';
import { hashNumber } from '../../src/calls/call-record.ts';
import { callTimeline } from '../../src/calls/call-timeline.ts';
import { createKnownCalls } from '../../src/calls/known-calls.ts';
import { silentLogger } from '../../src/logger.ts';
import { newCall } from '../support/new-call.ts';
import { openResults } from '../support/open-results.ts';
import { recordsOf } from '../support/records.ts';

let now = Date.UTC(2026, 10, 24, 12);
const { store, tenant, close } = await openResults();
afterAll(close);

const { calls, events, exchanges } = recordsOf(store, 'host', () => now);
const results = { find: async () => [] };
const known = createKnownCalls(calls, events, results, () => now);

async function answer(extension: string, callId: string, contactId = 'c-1'): Promise<string> {
  now += 1000;
  const call = { callId, extension, number: '41999998888', contactId };
  const event = { tenant, source: 'server', connection: 'dialer', call } as const;
  return (await events.append(event)).eventId;
}

const damage = (eventId: string) =>
  store.db.updateTable('events').set({ sealed: 'v1.AAAA' }).where('id', '=', eventId).execute();

it('the timeline of a call shows its other events in full, and a damaged event without its content', async () => {
  await answer('1001', 'id-1');
  await damage(await answer('1002', 'id-1'));
  const entries = await callTimeline({ calls, events, exchanges, results }, tenant, 'id-1');
  expect(entries).toMatchObject([
    { kind: 'answered', event: { extension: '1001', number: '41999998888', contactId: 'c-1' } },
    { kind: 'answered', event: { extension: '1002', connection: 'dialer', unreadable: true } },
  ]);
  expect(await known.find(tenant, 'id-1')).toMatchObject({ extension: '1001', contactId: 'c-1' });
});

it('the current call of an operator is the latest one, even if its answered event is damaged', async () => {
  await answer('1003', 'id-before');
  await damage(await answer('1003', 'id-now'));
  expect(await known.currentOf(tenant, '1003')).toEqual({
    callId: 'id-now',
    extension: '1003',
    startedAt: new Date(now),
    captures: {},
  });
});

it('a call without an id gets it from its answered event, even if another event of the extension is damaged', async () => {
  const numberHash = hashNumber(tenant, '41999998888');
  const call = newCall(tenant, { extension: '1004', numberHash });
  await calls.begin(call);
  await damage(await answer('1004', 'id-damaged'));
  await answer('1004', 'id-whole');
  const detail = {};
  await calls.finish({ ...call, state: 'in_doubt', callId: null, detail, errorCode: 'timeout' });
  const directory = { peek: () => tenant, get: async () => tenant };
  const binder = createCallIdBinder(store, directory, events, silentLogger);
  binder.onWithoutId('a-1');
  await binder.drain();
  expect(await calls.byAttempt(tenant, 'a-1')).toMatchObject({
    callId: 'id-whole',
    state: 'accepted',
  });
});
