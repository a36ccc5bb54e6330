import { afterAll, expect, it } from 'vitest';
import { createCallStore } from '../../src/calls/call-store.ts';
import { createKnownCalls } from '../../src/calls/known-calls.ts';
import { createEventLog } from '../../src/events/event-log.ts';
import { createCallResults } from '../../src/results/call-results.ts';
import { newCall } from '../support/new-call.ts';
import { openResults } from '../support/open-results.ts';

const day = 86_400_000;
let now = Date.UTC(2026, 10, 24, 12);
const reported = await openResults();
const { store, tenant, attempts, statuses } = reported;
afterAll(reported.close);

const calls = createCallStore(store, 'host', () => now);
const events = createEventLog(
  store,
  () => now,
  () => undefined,
);
const results = createCallResults(attempts, statuses);
const known = createKnownCalls(calls, events, results, () => now);

async function place(attemptId: string, callId: string, extension: string): Promise<void> {
  await calls.begin(newCall(tenant, { attemptId, extension }));
  const detail = { captures: { leadId: attemptId } };
  await calls.finish({ attemptId, tenant, state: 'accepted', callId, detail, errorCode: null });
}
const answer = (callId: string, extension: string, contactId?: string) =>
  events.append({
    tenant,
    source: 'server',
    connection: 'dialer',
    call: {
      callId,
      extension,
      number: '41999998888',
      ...(contactId !== undefined && { contactId }),
    },
  });

it.each(['placed', 'answered'])(
  'a call id that the vendor gives again belongs to the latest call that was %s',
  async (how) => {
    const callId = `again-${how}`;
    await place(`${how}-1`, callId, '1001');
    await answer(callId, '1001', 'c-1');
    now += day;
    if (how === 'placed') await place(`${how}-2`, callId, '1002');
    else await answer(callId, '1002', 'c-2');
    const call = await known.find(tenant, callId);
    expect(call).toMatchObject({ extension: '1002', startedAt: new Date(now) });
    expect(call?.captures).toEqual(how === 'placed' ? { leadId: 'placed-2' } : {});
  },
);

it('a call with several events has the start and the contact of the first', async () => {
  const startedAt = new Date(now);
  await answer('twice', '1001', 'c-3');
  now += 60_000;
  // The call was handed on, and this event comes from a window that knows no contact.
  await answer('twice', '1002');
  expect(await known.find(tenant, 'twice')).toMatchObject({ contactId: 'c-3', startedAt });
});

it('a placed call keeps its captures after its answered event', async () => {
  await place('a-9', 'placed-and-answered', '1001');
  now += 5000;
  await answer('placed-and-answered', '1001');
  const call = await known.find(tenant, 'placed-and-answered');
  expect(call?.captures).toEqual({ leadId: 'a-9' });
});

it('a call id that the vendor gives again each day belongs to the latest call, even if only reports mention it', async () => {
  const days = Array.from({ length: 30 }, (_, index) => ({
    contactId: `c-${index}`,
    areaCode: '41',
    number: '999998888',
    vendorStatus: 'ANSWERED',
    outcome: 'answered' as const,
    callId: '17',
    at: new Date(now + index * day).toISOString(),
  }));
  await reported.fetch(days);
  expect(await known.find(tenant, '17')).toMatchObject({ contactId: 'c-29' });
  const [first] = await results.find(tenant, '17');
  expect(first?.attempt).toMatchObject({ contactId: 'c-29' });
});
