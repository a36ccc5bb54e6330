import { expect, it } from 'vitest';
import { click2call } from '../src/features/click2call.ts';
import { fakeAsterisk, settings } from './fake-asterisk.ts';

const input = {
  queue: '7',
  extension: '1001',
  phone: { kind: 'mobile', e164: '+5541987654321', areaCode: '41', number: '987654321' },
  parameters: {},
  attemptId: 'a-1',
} as const;

/** An Asterisk that answers with this state of the operator's phone, or with this status, and so to a call from it. */
function phoneWith(
  endpoint: Readonly<Record<string, unknown>> | number,
  placed: () => Response = () => Response.json({ id: 'c2c-a-1' }),
) {
  return fakeAsterisk({
    ari: (method) => {
      if (method === 'POST') return placed();
      return typeof endpoint === 'number'
        ? new Response('', { status: endpoint })
        : Response.json(endpoint);
    },
  });
}

const free = { state: 'online', channel_ids: [] };

it('click2call succeeds if the channel exists already: an earlier request of the same attempt has placed the call', async () => {
  const placed = () =>
    Response.json({ message: 'Channel with given unique ID already exists' }, { status: 409 });
  const { context, done } = phoneWith(free, placed);
  expect(await click2call(settings)(input, context)).toEqual({ callId: 'c2c-a-1' });
  expect(done).toEqual(['POST /channels']);
});

it.each([
  ['is off', { state: 'offline', channel_ids: [] }, { code: 'refused' }],
  ['is in a call', { state: 'online', channel_ids: ['PJSIP/1001-1'] }, { code: 'refused' }],
  ['nobody can tell of', 504, { code: 'timeout', delivery: 'not_sent' }],
] as const)('no call is placed from a phone that %s', async (_name, endpoint, told) => {
  const { context, done } = phoneWith(endpoint);
  await expect(click2call(settings)(input, context)).rejects.toMatchObject(told);
  expect(done).toEqual([]);
});

it('of two simultaneous clicks, the second is refused because the operator is in the call of the first', async () => {
  const endpoint = { state: 'online', channel_ids: new Array<string>() };
  const { context, done } = phoneWith(endpoint, () => {
    endpoint.channel_ids.push('PJSIP/1001-1');
    return Response.json({ id: 'c2c-a-1' });
  });
  const call = click2call(settings);
  const [first, second] = await Promise.allSettled([
    call(input, context),
    call({ ...input, attemptId: 'a-2' }, context),
  ]);
  expect(first).toMatchObject({ value: { callId: 'c2c-a-1' } });
  expect(second).toMatchObject({ reason: { code: 'refused' } });
  expect(done).toEqual(['POST /channels']);
});

it('a call gets its id from the attempt, so that the same request again cannot place a second call', async () => {
  const sent: unknown[] = [];
  const { context } = phoneWith(free);
  const fetch: typeof context.fetch = (url, init) => {
    if (typeof init?.body === 'string') sent.push(JSON.parse(init.body));
    return context.fetch(url, init);
  };
  await click2call(settings)(input, { ...context, fetch });
  expect(sent).toMatchObject([
    { channelId: 'c2c-a-1', endpoint: 'PJSIP/1001', extension: '41987654321' },
  ]);
});
