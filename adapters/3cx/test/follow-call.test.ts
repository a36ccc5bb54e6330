import type { KnownCall } from '@finaz-telephony/core';
import { describe, expect, it } from 'vitest';
import { json, leg, startedAt, stubPbx, type Answers, callId } from './stub-pbx.ts';

const legs = 'GET /callcontrol/101/participants';
const outbound = 'GET /xapi/v1/ReportOutboundCalls';
const call: KnownCall = { callId, number: '+5511987654321', captures: {} };

function follow(answers: Answers, input: { callId: string | null } = { callId }) {
  const { adapter, context } = stubPbx(answers);
  return adapter.followCall?.({ attemptId: 'a-1', call, ...input }, context);
}

describe('a live call', () => {
  it.each([
    ['Ringing', 'accepted'],
    ['Dialing', 'accepted'],
    ['Connected', 'talking'],
    ['Routing', 'accepted'],
  ])(
    'with the status %s is %s, whatever the status of another call of the extension',
    async (status, phase) => {
      const other = leg({ id: 30, callid: 4700, status: 'Connected' });
      expect(await follow({ [legs]: json([other, leg({ status })]) })).toEqual({
        phase,
        vendorStatus: status,
      });
    },
  );
});

describe('a call whose leg is gone', () => {
  const row = (more: unknown) =>
    json({
      value: [
        Object.assign(
          {
            StartTime: new Date((startedAt + 2) * 1000).toISOString(),
            SourceDn: '101',
            DestinationCalleeId: '11987654321',
          },
          more,
        ),
      ],
    });

  it.each([
    [
      'answered, with its duration',
      row({ Answered: true, Status: 'Answered', TalkingDuration: 'PT1H1M12.4S' }),
      { outcome: 'answered', vendorStatus: 'Answered', duration: 3672 },
    ],
    [
      'not answered, without a duration',
      row({ Answered: false, Status: 'Unanswered', TalkingDuration: 'PT0S' }),
      { outcome: 'no_answer', vendorStatus: 'Unanswered' },
    ],
    [
      'not answered, by its status alone',
      row({ Status: 'Unanswered' }),
      { outcome: 'no_answer', vendorStatus: 'Unanswered' },
    ],
    [
      'unknown, by a status that the adapter does not know',
      row({ Status: 'Diverted' }),
      { outcome: 'unknown', vendorStatus: 'Diverted' },
    ],
    ['not given, because the report has no row of the call', json({ value: [] }), {}],
    ['not given, because the role may not read the report', json({}, 403), {}],
  ])(
    'has ended, and its outcome in the report of outbound calls is %s',
    async (_, report, told) => {
      expect(await follow({ [legs]: json([]), [outbound]: report })).toEqual({
        phase: 'ended',
        ...told,
      });
    },
  );
});

it('a call does not get the outcome of an earlier call to the same number', async () => {
  const report = json({
    value: [
      {
        StartTime: new Date((startedAt - 60) * 1000).toISOString(),
        SourceDn: '101',
        DestinationCalleeId: '11987654321',
        Answered: true,
      },
    ],
  });
  expect(await follow({ [legs]: json([]), [outbound]: report })).toEqual({ phase: 'ended' });
});

it('a call is answered if the second trunk took it after the first had not', async () => {
  const at = (seconds: number, more: unknown) =>
    Object.assign(
      {
        StartTime: new Date((startedAt + seconds) * 1000).toISOString(),
        SourceDn: '101',
        DestinationCalleeId: '11987654321',
        CallHistoryId: 'call-1',
      },
      more,
    );
  const failed = at(2, { Answered: false, Status: 'Unanswered' });
  const taken = at(6, { Answered: true, Status: 'Answered', TalkingDuration: 'PT9S' });
  const report = json({ value: [taken, failed] });
  expect(await follow({ [legs]: json([]), [outbound]: report })).toMatchObject({
    outcome: 'answered',
    duration: 9,
  });
});

describe('the state of a call cannot be told', () => {
  it.each([null, 'c-1'])('for the id %s', async (id) => {
    await expect(follow({}, { callId: id })).rejects.toMatchObject({ code: 'not_found' });
  });

  it('if 3CX answers with 500', async () => {
    await expect(follow({ [legs]: json({}, 500) })).rejects.toMatchObject({ code: 'unavailable' });
  });
});
