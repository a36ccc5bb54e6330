import { expect, it } from 'vitest';
import * as v from 'valibot';
import { startHostWithAdapter } from '../support/host-with-adapter.ts';
import { jsonOf } from '../support/json.ts';
import { openSse } from '../support/sse.ts';
import { adminKey, type TestHost } from '../support/test-host.ts';

const TakenShape = v.looseObject({
  eventIds: v.array(v.string()),
  unreadable: v.optional(v.unknown()),
});
const EventShape = v.looseObject({ callId: v.string(), extension: v.string() });

/** An adapter that reads each callback as the JSON in its body says. */
const repeating = `() => ({ features: { answeredCall: async (request) => request.json() } })`;

const call = (callId: string, extension: string) => ({
  number: '41999998888',
  callId,
  extension,
  contactId: '7001',
});

const tell = (host: TestHost, reading: object) =>
  fetch(`${host.url}/callbacks/1042/dialer`, { method: 'POST', body: JSON.stringify(reading) });

/** The next calls on the screen of an operator. */
async function shownTo(host: TestHost, extension: string, count: number): Promise<string[]> {
  const url = `${host.url}/v1/tenants/1042/events?extension=${extension}`;
  const screen = await openSse(url, adminKey, '0');
  const shown: string[] = [];
  while (shown.length < count) {
    const message = await screen.next();
    if (message.event !== 'answered-call') continue;
    const event = v.parse(EventShape, JSON.parse(message.data));
    expect(event.extension).toBe(extension);
    shown.push(event.callId);
  }
  screen.close();
  return shown;
}

it('the calls of one callback reach the screens of their operators in order, and a repeated call is shown once', async () => {
  const host = await startHostWithAdapter(repeating, 'answeredCall');
  const events = [
    call('c-1', '1001'),
    call('c-2', '1002'),
    call('c-1', '1001'),
    call('c-3', '1001'),
    call('c-4', '1002'),
  ];
  const answer = await tell(host, { events });
  expect(answer.status).toBe(200);
  const { eventIds } = await jsonOf(answer, TakenShape);
  expect(eventIds[2]).toBe(eventIds[0]);
  expect(new Set(eventIds).size).toBe(4);
  expect(await shownTo(host, '1001', 2)).toEqual(['c-1', 'c-3']);
  expect(await shownTo(host, '1002', 2)).toEqual(['c-2', 'c-4']);
  const again = await tell(host, { events: [...events, call('c-5', '1001')] });
  expect(again.status).toBe(200);
  expect(await shownTo(host, '1001', 3)).toEqual(['c-1', 'c-3', 'c-5']);
  const metrics = await (await fetch(`${host.url}/metrics`)).text();
  expect(metrics).toContain('{tenant="1042",source="callback",outcome="recorded"} 5');
  expect(metrics).toContain('{tenant="1042",source="callback",outcome="repeated"} 6');
});

it('the usable calls of a callback are recorded; sender, log and metrics learn of the unusable calls, with phone numbers masked', async () => {
  const host = await startHostWithAdapter(repeating, 'answeredCall');
  const unreadable = [2, 5, 6, 7, 8, 9, 10].map((position) => ({
    position,
    reason: 'the number "(41) 99999-8888" is of no call',
  }));
  const answer = await tell(host, { events: [call('c-1', '1001')], unreadable });
  expect(answer.status).toBe(200);
  const reason = 'the number "*****8888" is of no call';
  expect(await jsonOf(answer, TakenShape)).toMatchObject({
    eventIds: [expect.any(String)],
    unreadable: unreadable.map(({ position }) => ({ position, reason })),
  });
  const told = host.logged.filter((line) => line.includes('an event was refused'));
  expect(told).toHaveLength(1);
  const [line = '{}'] = told;
  expect(JSON.parse(line)).toMatchObject({
    tenant: '1042',
    connection: 'dialer',
    reason: `${[2, 5, 6, 7, 8].map((position) => `item ${position}: ${reason}`).join('; ')}; 2 more`,
  });
  const metrics = await (await fetch(`${host.url}/metrics`)).text();
  expect(metrics).toContain('{tenant="1042",source="callback",outcome="unreadable"} 7');
});

it('a callback without any usable call is refused, so that its sender may send it again', async () => {
  const host = await startHostWithAdapter(repeating, 'answeredCall');
  const unreadable = [{ position: 1, reason: 'callId: is missing' }];
  const answer = await tell(host, { events: [], unreadable });
  expect(answer.status).toBe(400);
  expect(await answer.text()).toContain('item 1: callId: is missing');
  expect(host.logged.join('')).toContain('item 1: callId: is missing');
});
