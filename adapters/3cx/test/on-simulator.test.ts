import {
  TelephonyError,
  type DialablePhone,
  type Finding,
  type KnownCall,
} from '@finaz-telephony/core';
import { createTestContext } from '@finaz-telephony/testing';
import { startThreeCx, type ThreeCxOptions } from '@finaz-telephony/testing/simulators';
import * as v from 'valibot';
import { describe, expect, it, onTestFinished } from 'vitest';
import threeCx from '../src/index.ts';

const phone: DialablePhone = {
  kind: 'mobile',
  e164: '+5541999998888',
  areaCode: '41',
  number: '999998888',
};
/** The last two digits say that nobody answers. */
const nobodys: DialablePhone = {
  kind: 'fixed',
  e164: '+554133334420',
  areaCode: '41',
  number: '33334420',
};

async function start(
  options: ThreeCxOptions = {},
  settings: Readonly<Record<string, unknown>> = {},
) {
  const pbx = await startThreeCx(options);
  onTestFinished(() => pbx.close());
  const { url: baseUrl, clientId, clientSecret: apiKey } = pbx;
  const { features, followCall, diagnose } = threeCx.create(
    v.parse(threeCx.settings, { baseUrl, clientId, apiKey, ...settings }),
  );
  const { click2call, transfer, recording } = features;
  if (!click2call || !transfer || !recording || !followCall || !diagnose)
    throw new Error('something is missing');
  const context = createTestContext();
  const base = { queue: '7', extension: '1001', parameters: {}, attemptId: 'a-1' };
  const known = (callId: string): KnownCall => ({ callId, number: phone.e164, captures: {} });
  return {
    pbx,
    place: async (extension = '1001', to: DialablePhone = phone) =>
      (await click2call({ ...base, extension, phone: to }, context)).callId ?? '',
    transfer: (destination: string, callId: string | null = null) =>
      transfer({ ...base, destination, callId }, context),
    fetchRecording: (callId: string, isKnown = true) =>
      recording({ callId, ...(isKnown && { call: known(callId) }) }, context),
    follow: (callId: string) =>
      followCall({ callId, attemptId: 'a-1', call: known(callId) }, context),
    hangUp: () => {
      for (const call of pbx.state.liveCalls()) pbx.state.hangUp(call);
    },
    async findings() {
      const all: Finding[] = [];
      for await (const finding of diagnose(context)) all.push(finding);
      return all;
    },
  };
}

const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => 'success',
    (error: unknown) => (TelephonyError.isInstance(error) ? error.code : 'no TelephonyError'),
  );

describe('a call from its beginning to its recording', () => {
  it.each<[string, Partial<NonNullable<ThreeCxOptions['assumptions']>>]>([
    ['as the simulator plays 3CX', {}],
    ['where the call log tells nothing', { callLogHasRows: false }],
    ['where another trunk is tried', { triesAnotherTrunk: true }],
    ['where the outbound rule adds a prefix', { dialsAs: (number) => `0015${number}` }],
    ['where a call is answered without its leg', { deviceCallTellsParticipant: false }],
    ['where 3CX says 202 and 1', { acceptedStatus: 202, finalStatus: 'number' }],
  ])(
    'is accepted, talks, ends with its outcome, and has its recording found, %s',
    async (_, assumptions) => {
      const { pbx, place, follow, fetchRecording, hangUp } = await start({ assumptions });
      const callId = await place();
      expect(await follow(callId)).toMatchObject({ phase: 'accepted', vendorStatus: 'Dialing' });
      pbx.pass(10_000);
      expect(await follow(callId)).toMatchObject({ phase: 'talking', vendorStatus: 'Connected' });
      pbx.pass(20_000);
      hangUp();
      expect(await follow(callId)).toEqual({ phase: 'ended' });
      expect(await codeOf(fetchRecording(callId))).toBe('not_ready');
      pbx.pass(6000);
      expect(await follow(callId)).toMatchObject({
        phase: 'ended',
        outcome: 'answered',
        duration: 22,
      });
      expect(await codeOf(fetchRecording(callId))).toBe('not_ready');
      pbx.pass(20_000);
      for (const isKnown of [true, false]) {
        const response = await fetchRecording(callId, isKnown);
        expect(
          Buffer.from(await response.arrayBuffer())
            .subarray(0, 4)
            .toString(),
        ).toBe('RIFF');
      }
    },
  );

  it('to a number that was called right before has an end and a recording of its own', async () => {
    const { pbx, place, follow, fetchRecording, hangUp } = await start();
    const talk = async () => {
      const callId = await place();
      pbx.pass(10_000);
      hangUp();
      return callId;
    };
    const first = await talk();
    pbx.pass(30_000);
    const second = await talk();
    expect(await follow(second)).toEqual({ phase: 'ended' });
    expect(await codeOf(fetchRecording(second))).toBe('not_ready');
    pbx.pass(30_000);
    for (const callId of [first, second]) await (await fetchRecording(callId)).body?.cancel();
    const fetched = pbx.journal.flatMap(({ path }) => /recId=(\d+)/.exec(path)?.[1] ?? []);
    expect(fetched).toEqual(['555', '556']);
  });

  it('that nobody answers has an end, and no recording', async () => {
    const { pbx, place, follow, fetchRecording } = await start();
    const callId = await place('1001', nobodys);
    pbx.pass(60_000);
    expect(await follow(callId)).toMatchObject({ phase: 'ended' });
    expect(await codeOf(fetchRecording(callId, false))).toBe('not_found');
  });

  it('rings the preferred one of two phones of the operator', async () => {
    const { pbx, place } = await start({}, { devices: ['yealink'] });
    await place('1002');
    const [call] = pbx.state.calls;
    const [, yealink] = pbx.state.operators.get('1002')?.devices ?? [];
    expect(call?.segments[0]?.deviceId).toBe(yealink?.id);
  });

  it.each([
    ['has no phone', '1003', 'refused'],
    ['is not there', '1999', 'refused'],
    ['is not monitored', '1002', 'auth_failed'],
  ])('is not placed if the extension %s', async (_, extension, code) => {
    const { pbx, place } = await start({ monitored: ['1001', '1003'] });
    expect(await codeOf(place(extension))).toBe(code);
    expect(pbx.state.calls).toEqual([]);
  });

  it('is placed exactly once even if a login of another program ends the token', async () => {
    const { pbx, place } = await start();
    await codeOf(place('1999'));
    pbx.before(/makecall$/, pbx.loginElsewhere);
    await place();
    expect(pbx.state.calls).toHaveLength(1);
  });
});

describe('a transfer', () => {
  const statuses = (legs: readonly { readonly status: string }[]) =>
    legs.map(({ status }) => status);

  it('leaves the operator in the call until the destination answers, and takes the operator out then', async () => {
    const noon = Date.parse('2026-10-05T15:00:00Z');
    const { pbx, place, transfer, follow } = await start({ now: () => noon });
    const callId = await place();
    pbx.pass(10_000);
    await transfer('4133330000', callId);
    pbx.pass(5999);
    expect(statuses(pbx.state.legsOf('1001'))).toEqual(['Connected']);
    expect(await follow(callId)).toMatchObject({ phase: 'talking' });
    pbx.pass(1);
    expect(pbx.state.legsOf('1001')).toEqual([]);
    expect(pbx.state.liveCalls()).toHaveLength(1);
  });

  it.each([
    ['the destination is busy', '4133330010'],
    ['the destination does not pick up', '4133330020'],
    ['the destination does not exist', '77'],
  ])('gives the customer back to the operator if %s, and another can follow', async (_, to) => {
    const { pbx, place, transfer, follow } = await start();
    const callId = await place();
    pbx.pass(10_000);
    expect(await transfer(to, callId)).toMatchObject({ status: 'accepted' });
    pbx.pass(30_000);
    expect(statuses(pbx.state.legsOf('1001'))).toEqual(['Connected']);
    expect(await follow(callId)).toMatchObject({ phase: 'talking' });
    expect(await transfer('4133330000', callId)).toMatchObject({ status: 'accepted', callId });
    pbx.pass(6000);
    expect(pbx.state.legsOf('1001')).toEqual([]);
  });

  it('is refused before the customer has answered, during an earlier transfer, and after that', async () => {
    const { pbx, place, transfer } = await start();
    const callId = await place();
    expect(await codeOf(transfer('4133330000'))).toBe('refused');
    pbx.pass(10_000);
    expect(await transfer('4133330000', callId)).toMatchObject({ status: 'accepted', callId });
    // The call is being transferred already.
    expect(await codeOf(transfer('4133330000', callId))).toBe('refused');
    pbx.pass(10_000);
    expect(pbx.state.legsOf('1001')).toEqual([]);
    expect(await codeOf(transfer('4133330000', callId))).toBe('refused');
  });

  it('is refused if the customer hangs up just before it', async () => {
    const { pbx, place, transfer, hangUp } = await start();
    await place();
    pbx.pass(10_000);
    pbx.before(/transferto$/, hangUp);
    expect(await codeOf(transfer('1002'))).toBe('refused');
  });
});

describe('the doctor', () => {
  const notOk = (findings: readonly Finding[]) =>
    findings.filter(({ state }) => state !== 'ok').map(({ check, state }) => `${check}: ${state}`);

  it('finds nothing wrong with a sound 3CX', async () => {
    expect(notOk(await (await start()).findings())).toEqual([]);
  });

  it.each<[string, ThreeCxOptions, readonly string[]]>([
    ['a role that may not fetch recordings', { role: 'System Admin' }, ['recordings: broken']],
    [
      'a role that may not read',
      { role: 'User' },
      [
        'system: broken',
        'extensions: warning',
        'outbound-report: broken',
        'call-log: broken',
        'recordings: broken',
      ],
    ],
    ['no Call Control', { callControl: false }, ['call-control: broken']],
    ['a forgotten extension', { monitored: ['1001', '1003'] }, ['extensions: warning']],
    ['an old version', { version: '20.0.5' }, ['version: broken', 'outbound-report: broken']],
    ['a version before the recommended one', { version: '20.0.7' }, ['version: warning']],
  ])('finds %s', async (_, options, findings) => {
    expect(notOk(await (await start(options)).findings())).toEqual(findings);
  });

  it('finds a wrong key, and checks nothing else', async () => {
    expect(notOk(await (await start({}, { apiKey: 'wrong' })).findings())).toEqual([
      'login: broken',
    ]);
  });
});
