import { afterAll, expect, it } from 'vitest';
import { createKnownCalls } from '../../src/calls/known-calls.ts';
import { newCall } from '../support/new-call.ts';
import { openResults } from '../support/open-results.ts';
import { recordsOf } from '../support/records.ts';

let now = Date.UTC(2026, 10, 24, 12);
const { store, tenant, close } = await openResults();
afterAll(close);

const { calls, events } = recordsOf(store, 'host', () => now);
const known = createKnownCalls(calls, events, { find: async () => [] }, () => now);

async function place(
  attemptId: string,
  state: 'accepted' | 'in_doubt' | 'failed',
  callId: string | null,
): Promise<void> {
  now += 60_000;
  const extension = attemptId.slice(0, 4);
  await calls.begin(newCall(tenant, { attemptId, extension }));
  const detail = { captures: { leadId: attemptId } };
  await calls.finish({ attemptId, tenant, state, callId, detail, errorCode: null });
}

async function answer(extension: string, callId: string): Promise<void> {
  now += 60_000;
  const call = { callId, extension, number: '41999998888', contactId: 'c-1' };
  await events.append({ tenant, source: 'server', connection: 'dialer', call });
}

it.each(['accepted', 'in_doubt'] as const)(
  'the current call of an operator is unknown, not the previous call, while the latest call has no id: %s',
  async (state) => {
    const extension = state === 'accepted' ? '1001' : '1002';
    await place(`${extension}-first`, 'accepted', `${extension}-id`);
    expect(await known.currentOf(tenant, extension)).toMatchObject({ callId: `${extension}-id` });
    await place(`${extension}-second`, state, null);
    expect(await known.currentOf(tenant, extension)).toBeUndefined();
    await place(`${extension}-refused`, 'failed', null);
    expect(await known.currentOf(tenant, extension)).toBeUndefined();
    await answer(extension, `${extension}-dialed`);
    expect(await known.currentOf(tenant, extension)).toMatchObject({
      callId: `${extension}-dialed`,
      contactId: 'c-1',
    });
  },
);

it('the current call of an operator keeps the captures from its placing after its answered event', async () => {
  await place('1003-first', 'accepted', '1003-id');
  await answer('1003', '1003-id');
  const call = await known.currentOf(tenant, '1003');
  expect(call).toMatchObject({ callId: '1003-id', captures: { leadId: '1003-first' } });
});
