import { TelephonyError } from '@finaz-telephony/core';
import { describe, expect, it } from 'vitest';
import {
  accepted,
  call,
  devices,
  json,
  leg,
  startedAt,
  stubPbx,
  token,
  type Answers,
  callId,
} from './stub-pbx.ts';

const list = 'GET /callcontrol/101/devices';
const yealink = 'POST /callcontrol/101/devices/sip:101@127.0.0.1:5060/makecall';
const webClient = 'POST /callcontrol/101/devices/sip:101@10.0.0.9:5063/makecall';
const legs = 'GET /callcontrol/101/participants';

function place(answers: Answers, settings: Readonly<Record<string, unknown>> = {}) {
  const pbx = stubPbx({ [list]: devices, ...answers }, settings);
  const placed = pbx.adapter.features.click2call?.(call, pbx.context);
  if (!placed) throw new Error('there is no click2call');
  return { ...pbx, placed };
}

describe('a call', () => {
  it('rings one phone of the operator, and gets an id of time, 3CX call, mark and extension that does not show the number', async () => {
    const { placed, asked } = place({ [yealink]: accepted() });
    expect(await placed).toEqual({ callId: callId });
    expect(asked).toEqual([
      'POST /connect/token',
      list,
      `${yealink} {"destination":"11987654321","timeout":30}`,
    ]);
  });

  it('rings the preferred phone, or the first one if the operator has no preferred phone', async () => {
    const preferred = place(
      { [webClient]: accepted() },
      { devices: ['Grandstream', 'web client'] },
    );
    await expect(preferred.placed).resolves.toMatchObject({ callId: expect.any(String) });
    const none = place({ [yealink]: accepted() }, { devices: ['Grandstream'] });
    await expect(none.placed).resolves.toMatchObject({ callId: expect.any(String) });
  });

  it('is dialed in the configured form, with the prefix of its queue', async () => {
    const dial = { form: 'withZero', prefix: '9', queues: { '7': '815' } };
    const { placed, asked } = place({ [yealink]: accepted() }, { dial });
    await placed;
    expect(asked.at(-1)).toContain('{"destination":"815011987654321"');
  });

  it('has the time of the request in its id, however late 3CX answers', async () => {
    const late = () => {
      const response = accepted()();
      response.headers.set('date', new Date((startedAt + 25) * 1000).toUTCString());
      return response;
    };
    expect(await place({ [yealink]: late }).placed).toEqual({ callId });
  });

  it.each([
    ['told by the enumeration of the official example', accepted(leg(), 1)],
    ['with status 202', json({ finalstatus: 'Success', result: leg() }, 202)],
  ])('is accepted %s', async (_, answer) => {
    expect(await place({ [yealink]: answer }).placed).toEqual({ callId: callId });
  });
});

describe('a call of which 3CX names no leg', () => {
  const other = leg({ id: 30, callid: 4700, status: 'Connected', party_caller_id: '2133334444' });

  it('is looked for once among the legs of the extension', async () => {
    const { placed, asked } = place({
      [yealink]: accepted(null),
      [legs]: json([other, leg({ party_caller_id: '0119 8765-4321' })]),
    });
    expect(await placed).toEqual({ callId: callId });
    expect(asked.filter((line) => line.startsWith(legs))).toHaveLength(1);
  });

  it.each([
    ['is not among them', json([other])],
    [
      'is not among them: a leg without a number, or of an extension that is its end, is another call',
      json([leg({ party_caller_id: '' }), leg({ party_caller_id: '4321' })]),
    ],
    ['cannot be looked for', json({}, 500)],
  ])('has no id if it %s', async (_, answer) => {
    expect(await place({ [yealink]: accepted(null), [legs]: answer }).placed).toEqual({
      callId: null,
    });
  });
});

describe('a call that 3CX does not take', () => {
  const refusal = json({ finalstatus: 'Rejected', reasontext: 'Device busy', result: null }, 422);

  it.each([
    [422, refusal, { code: 'refused', delivery: 'answered', vendor: { message: 'Device busy' } }],
    [424, json({}, 424), { code: 'refused', delivery: 'answered' }],
    [404, json({}, 404), { code: 'refused', delivery: 'answered' }],
    [403, json({}, 403), { code: 'auth_failed', delivery: 'answered' }],
    [429, json({}, 429), { code: 'rate_limited', delivery: 'answered' }],
    [500, json({}, 500), { code: 'unavailable', delivery: 'answered' }],
    [502, json({}, 502), { code: 'network', delivery: 'unknown' }],
    [504, json({}, 504), { code: 'timeout', delivery: 'unknown' }],
    [200, accepted(null, 'Failed'), { code: 'refused', delivery: 'answered' }],
    [200, accepted(null, 0), { code: 'refused', delivery: 'answered' }],
    [200, json({}), { code: 'unreadable_response', delivery: 'unknown' }],
  ])('fails as its answer with status %i says, and is requested once', async (_, answer, told) => {
    const { placed, asked } = place({ [yealink]: answer });
    await expect(placed).rejects.toMatchObject(told);
    expect(asked.filter((line) => line.startsWith(yealink))).toHaveLength(1);
    expect(asked.filter((line) => line.startsWith('POST /connect/token'))).toHaveLength(1);
  });

  it.each([
    ['shows no such extension', json({}, 404), 'refused', /monitored extensions/],
    ['may not be controlled', json({}, 403), 'auth_failed', /Call Control access/],
    ['has no phone of the operator', json([]), 'refused', /web client/],
  ])('is not requested if 3CX %s', async (_, answer, code, hint) => {
    const { placed, asked } = place({ [list]: answer });
    await expect(placed).rejects.toMatchObject({ code, hint: expect.stringMatching(hint) });
    expect(asked).toHaveLength(2);
  });

  it('is not in doubt if the lookup of the phones ended in a timeout: nothing was sent', async () => {
    const lost = () => {
      throw new TelephonyError({ code: 'timeout', message: 'late', delivery: 'unknown' });
    };
    await expect(place({ [list]: lost }).placed).rejects.toMatchObject({ delivery: 'not_sent' });
  });

  it('is not requested for an extension that would lead to another address', async () => {
    const { adapter, context, asked } = stubPbx({});
    const elsewhere = adapter.features.click2call?.({ ...call, extension: '..' }, context);
    await expect(elsewhere).rejects.toMatchObject({ code: 'invalid_input', delivery: 'not_sent' });
    expect(asked).toEqual([]);
  });
});

describe('a token that was ended by another login', () => {
  const tokens = [token('first-token'), token('second-token')];

  it('is renewed, and only the request that 3CX refused is sent again', async () => {
    const { placed, asked } = place({
      'POST /connect/token': tokens,
      [yealink]: [json({}, 401), accepted()],
    });
    expect(await placed).toEqual({ callId: callId });
    expect(asked.filter((line) => line === list)).toHaveLength(1);
    expect(asked.filter((line) => line.startsWith(yealink))).toHaveLength(2);
  });

  it('is renewed once: if 3CX refuses the new token too, the call fails as auth_failed', async () => {
    const { placed, asked } = place({
      'POST /connect/token': tokens,
      [yealink]: json({}, 401),
    });
    await expect(placed).rejects.toMatchObject({
      code: 'auth_failed',
      delivery: 'answered',
      hint: expect.stringMatching(/API client of its own/),
    });
    expect(asked.filter((line) => line.startsWith(yealink))).toHaveLength(2);
  });
});

it('a preview shows the login, the lookup of phones and the call', async () => {
  const shown: string[] = [];
  const end = new Error('this is a preview');
  const { adapter, context } = stubPbx({}, {}, { isPreview: true });
  const previewed = adapter.features.click2call?.(call, {
    ...context,
    fetch: (url) => {
      shown.push(new URL(url).pathname);
      return Promise.reject(end);
    },
  });
  await expect(previewed).rejects.toBe(end);
  expect(shown.filter((path) => path !== '/connect/token')).toEqual([
    '/callcontrol/101/devices',
    '/callcontrol/101/devices/device/makecall',
  ]);
  expect(shown[0]).toBe('/connect/token');
});
