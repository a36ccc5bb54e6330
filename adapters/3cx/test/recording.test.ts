import type { KnownCall } from '@finaz-telephony/core';
import { makeWav } from '@finaz-telephony/testing';
import { describe, expect, it } from 'vitest';
import { callId, json, now, startedAt, stubPbx, type Answer, type Answers } from './stub-pbx.ts';

const outbound = 'GET /xapi/v1/ReportOutboundCalls/Pbx.GetOutboundCalls';
const log = 'GET /xapi/v1/ReportCallLogData/Pbx.GetCallLogData';
const stored = 'GET /xapi/v1/Recordings?';
const listed = 'GET /xapi/v1/Recordings';
const soundOf = (id: number) => `GET /xapi/v1/Recordings/Pbx.DownloadRecording(recId=${id})`;

const call: KnownCall = { callId, extension: '101', number: '+5511987654321', captures: {} };

const moment = (seconds: number) => new Date((startedAt + seconds) * 1000).toISOString();
const rows = (...value: unknown[]) => json({ '@odata.count': value.length, value });
const none = rows();
const placed = (seconds: number, more: Readonly<Record<string, unknown>> = {}) => ({
  StartTime: moment(seconds),
  SourceDn: '101',
  DestinationCalleeId: '9011987654321',
  Answered: true,
  Status: 'Answered',
  ...more,
});
const segment = (seconds: number, more: Readonly<Record<string, unknown>> = {}) => ({
  StartTime: moment(seconds),
  SourceDn: '101',
  DestinationCallerId: '11987654321',
  MainCallHistoryId: 'main-1',
  ...more,
});

const wav = makeWav(400);
const sound: Answer = () =>
  new Response(Buffer.from(wav), { headers: { 'content-type': 'audio/x-wav' } });

function fetchOf(
  answers: Answers,
  { at = now, ...input }: { at?: Date; call?: KnownCall | undefined; callId?: string } = {},
) {
  const pbx = stubPbx(
    { [soundOf(555)]: sound, [outbound]: none, [log]: none, [listed]: none, ...answers },
    {},
    { now: () => at },
  );
  const fetched = pbx.adapter.features.recording?.(
    {
      callId,
      ...('call' in input ? {} : { call }),
      ...(input.callId !== undefined && { callId: input.callId }),
    },
    pbx.context,
  );
  if (!fetched) throw new Error('there is no recording');
  return { ...pbx, fetched };
}

const bytesOf = async (response: Promise<Response>) =>
  Buffer.from(await (await response).arrayBuffer());

describe('a recording is found', () => {
  it('in the report of outbound calls, by time, extension and number', async () => {
    const { fetched, asked } = fetchOf({
      [outbound]: rows(
        placed(3, { SourceDn: '102', RecordingId: 1 }),
        placed(3, { DestinationCalleeId: '21987654321', RecordingId: 2 }),
        placed(70, { RecordingId: 3 }),
        placed(4, { RecordingId: 555 }),
        placed(-200, { RecordingId: 4 }),
      ),
    });
    expect(await bytesOf(fetched)).toEqual(Buffer.from(wav));
    expect(asked).toEqual([
      'POST /connect/token',
      `${outbound}(periodFrom=2026-11-30T15:00:55Z,periodTo=2026-11-30T15:03:00Z,trunkDns='',callsType=0)?$top=100&$skip=0`,
      soundOf(555),
    ]);
  });

  it('on the trunk that took the call after another trunk had not', async () => {
    const { fetched } = fetchOf({
      [outbound]: rows(
        placed(6, { CallHistoryId: 'call-1', RecordingId: 555 }),
        placed(2, { CallHistoryId: 'call-1', Answered: false, Status: 'Unanswered' }),
      ),
    });
    expect(await bytesOf(fetched)).toEqual(Buffer.from(wav));
  });

  it('while the log keeps no answer of 3CX: reports contain names and transcripts of calls', async () => {
    const { fetched, withheld } = fetchOf({});
    await expect(fetched).rejects.toMatchObject({ code: 'not_ready' });
    expect(withheld).toEqual(['POST /connect/token', outbound, log, listed]);
  });

  it('on the second page of a report whose first page is full', async () => {
    const others = Array.from({ length: 100 }, () => placed(3, { SourceDn: '102' }));
    const { fetched, asked } = fetchOf({
      [outbound]: [rows(...others), rows(placed(4, { RecordingId: 555 }))],
    });
    await bytesOf(fetched);
    const pages = asked.filter((line) => line.startsWith(outbound));
    expect(pages.map((line) => line.split('$skip=')[1])).toEqual(['0', '100']);
  });

  it.each([
    ['that of the destination first', [segment(2, { DstRecId: 555, SrcRecId: 1 })]],
    ['else that of the source', [segment(2, { SrcRecId: 555, DstRecId: 0 })]],
    ['else one of the list', [segment(2, { Recordings: [{ Id: 555 }, { Id: 1 }] })]],
    [
      'in another segment of the same call',
      [
        segment(2),
        segment(2, { MainCallHistoryId: 'main-2', SourceDn: '102', DstRecId: 1 }),
        segment(9, { SourceDn: '102', DestinationCallerId: '103', DstRecId: 555 }),
      ],
    ],
  ])('in the call log: %s', async (_, segments) => {
    const { fetched } = fetchOf({ [outbound]: rows(placed(3)), [log]: rows(...segments) });
    expect(await bytesOf(fetched)).toEqual(Buffer.from(wav));
  });

  it('in the list of recordings if neither report has it', async () => {
    const { fetched, asked } = fetchOf({
      [listed]: rows(
        { Id: 1, StartTime: moment(5), FromDn: '101', ToCallerNumber: '1133334444' },
        { Id: 555, StartTime: moment(9), FromDn: '101', ToCallerNumber: '11987654321' },
      ),
      [soundOf(555)]: sound,
    });
    expect(await bytesOf(fetched)).toEqual(Buffer.from(wav));
    expect(asked.at(-2)).toContain(
      `${stored}$filter=StartTime%20ge%202026-11-30T15%3A00%3A55Z%20and%20StartTime%20le%202026-11-30T15%3A03%3A00Z`,
    );
  });

  it('for a call that the host has forgotten, by the mark of the number in the call id', async () => {
    const { fetched } = fetchOf(
      {
        [outbound]: rows(
          placed(1, { DestinationCalleeId: '21911112222', RecordingId: 1 }),
          placed(9, { RecordingId: 555 }),
        ),
      },
      { call: undefined },
    );
    expect(await bytesOf(fetched)).toEqual(Buffer.from(wav));
  });

  it('for a call whose number the host knows, even if the API key has changed since', async () => {
    const { fetched } = fetchOf(
      { [outbound]: rows(placed(9, { RecordingId: 555 })) },
      { callId: callId.replace('ikenelak', 'aaaaaaaa') },
    );
    expect(await bytesOf(fetched)).toEqual(Buffer.from(wav));
  });
});

describe('a recording that is not there', () => {
  it('is not ready while the call may still last, and not found five hours later', async () => {
    await expect(fetchOf({}).fetched).rejects.toMatchObject({ code: 'not_ready', retryable: true });
    const late = new Date(now.getTime() + 5 * 3_600_000);
    await expect(fetchOf({}, { at: late }).fetched).rejects.toMatchObject({
      code: 'not_found',
      retryable: false,
    });
  });

  it('is not taken from the next call to the same number if this call was not answered', async () => {
    const { fetched } = fetchOf({
      [outbound]: rows(
        placed(2, { Answered: false, Status: 'Unanswered' }),
        placed(60, { RecordingId: 555 }),
      ),
      [listed]: rows({
        Id: 555,
        StartTime: moment(65),
        FromDn: '101',
        ToCallerNumber: '11987654321',
      }),
    });
    await expect(fetched).rejects.toMatchObject({ code: 'not_found' });
  });

  it.each([
    ['the report of outbound calls', { [outbound]: rows(placed(-60, { RecordingId: 555 })) }],
    ['the log of calls', { [log]: rows(segment(-60, { SrcRecId: 555 })) }],
    [
      'the list of recordings',
      {
        [listed]: rows({
          Id: 555,
          StartTime: moment(-60),
          FromDn: '101',
          ToCallerNumber: '11987654321',
        }),
      },
    ],
  ])('is not taken from the previous call to the same number in %s', async (_, answers) => {
    await expect(fetchOf(answers).fetched).rejects.toMatchObject({ code: 'not_ready' });
  });

  const another = { SourceDn: '102', DestinationCallerId: '21911112222' };
  it.each([
    [
      'which was answered',
      outbound,
      rows(
        placed(2, { CallHistoryId: 'call-1', Answered: false, Status: 'Unanswered' }),
        placed(3, {
          ...another,
          DestinationCalleeId: '21911112222',
          CallHistoryId: 'call-2',
          RecordingId: 555,
        }),
      ),
    ],
    [
      'whose segments have no id of their call either',
      log,
      rows(
        segment(2, { MainCallHistoryId: undefined }),
        segment(9, { ...another, MainCallHistoryId: undefined, DstRecId: 555 }),
      ),
    ],
  ])('is not taken from the call of another operator %s', async (_, report, answer) => {
    const { fetched } = fetchOf({ [report]: answer });
    await expect(fetched).rejects.toMatchObject({
      code: expect.stringMatching(/^not_(?:found|ready)$/),
    });
  });

  it('with a row but no file is not ready at first, and not found five hours later', async () => {
    const answers = {
      [outbound]: rows(placed(4, { RecordingId: 555 })),
      [soundOf(555)]: json({ error: { message: 'WARNINGS.XAPI.FILE_NOT_FOUND' } }, 400),
    };
    const told = { message: 'WARNINGS.XAPI.FILE_NOT_FOUND' };
    await expect(fetchOf(answers).fetched).rejects.toMatchObject({
      code: 'not_ready',
      vendor: told,
    });
    const late = new Date(now.getTime() + 5 * 3_600_000);
    await expect(fetchOf(answers, { at: late }).fetched).rejects.toMatchObject({
      code: 'not_found',
      vendor: told,
    });
  });

  it.each(['c2c-1', '0.4711-ikenelak-101'])(
    'is not looked for if the call id is %s',
    async (other) => {
      const { fetched, asked } = fetchOf({}, { callId: other });
      await expect(fetched).rejects.toMatchObject({ code: 'not_found' });
      expect(asked).toEqual([]);
    },
  );

  it.each([
    [403, 'auth_failed', /System Owner/],
    [404, 'invalid_config', /20\.0\.6/],
  ])(
    'fails with what to mend in 3CX if the report is answered with %i',
    async (status, code, hint) => {
      await expect(fetchOf({ [outbound]: json({}, status) }).fetched).rejects.toMatchObject({
        code,
        hint: expect.stringMatching(hint),
      });
    },
  );
});

it('a recording is fetched with the range that the listener asks for', async () => {
  const ranges: (string | null)[] = [];
  const pbx = stubPbx({
    [outbound]: rows(placed(4, { RecordingId: 555 })),
    [soundOf(555)]: sound,
  });
  await pbx.adapter.features.recording?.(
    { callId, call, range: 'bytes=2-5' },
    {
      ...pbx.context,
      fetch: (url, init) => {
        ranges.push(new Headers(init?.headers).get('range'));
        return pbx.context.fetch(url, init);
      },
    },
  );
  expect(ranges).toEqual([null, null, 'bytes=2-5']);
});
