import { makeWav } from '../../vendor-server/wav.ts';
import type { Route } from '../simulator.ts';
import { trunk } from './exchange.ts';
import { collection, odataFailure } from './odata.ts';
import type { Row } from './odata-filter.ts';
import { fileOf } from './reports.ts';
import type { Segment, ThreeCxCall } from './segment.ts';
import type { ThreeCxState } from './state.ts';
import { isSince, type ThreeCxVersion } from './version.ts';
import { duration, utc } from './written.ts';

/** `Recordings`, `CallHistoryView` and the probe beside them: what was, for a System Owner. */
export function historyRoutes(state: ThreeCxState, version: ThreeCxVersion): readonly Route[] {
  return [
    {
      name: 'recordings',
      method: 'GET',
      pattern: /^\/xapi\/v1\/Recordings$/,
      handle: (request) => collection(recordings(state).toReversed(), request),
    },
    {
      name: 'recording',
      method: 'GET',
      pattern: /^\/xapi\/v1\/Recordings\/Pbx\.DownloadRecording\(recId=(-?\d+)\)$/,
      handle({ parts: [id = ''] }) {
        const recording = recordings(state).find(({ Id }) => Id === Number(id));
        if (!recording || recording['IsArchived'] === true)
          return odataFailure(400, 'WARNINGS.XAPI.FILE_NOT_FOUND', 'recId');
        return {
          headers: {
            'Content-Type': 'audio/x-wav',
            'Content-Disposition': `attachment; filename="rec-${id}.wav"`,
          },
          body: makeWav(8044),
        };
      },
    },
    {
      name: 'history',
      method: 'GET',
      pattern: /^\/xapi\/v1\/CallHistoryView$/,
      // It reads all that it has, and the gateway in front of it does not wait for that.
      handle: (request) =>
        /SegmentStartTime/.test(request.query.get('$filter') ?? '')
          ? collection(
              state.reported().map(({ call, segment }) => historyRow(state, call, segment)),
              request,
            )
          : { status: 504, headers: { 'Content-Type': 'text/html' }, body: gatewayTimeout },
    },
    {
      name: 'probe',
      method: 'GET',
      pattern: /^\/xapi\/v1\/LastCdrAndChatMessageTimestamp$/,
      handle(request) {
        if (!isSince(version, 7)) return odataFailure(404, 'Not Found');
        const [newest] = state.reported();
        return collection(
          newest ? [{ LastCdrStartedAt: utc(newest.segment.startedAt) }] : [],
          request,
        );
      },
    },
  ];
}

const gatewayTimeout = '<html><head><title>504 Gateway Time-out</title></head></html>';

function recordings(state: ThreeCxState): readonly Row[] {
  return state.reported().flatMap(({ call, segment }): readonly Row[] => {
    const id = state.recordingOf(call, segment);
    return id === undefined ? [] : [recordingRow(state, call, segment, id)];
  });
}

function recordingRow(state: ThreeCxState, call: ThreeCxCall, segment: Segment, id: number): Row {
  const { answeredAt = 0, endedAt = 0 } = segment;
  const [from, to] = segment.isIncoming ? ['To', 'From'] : ['From', 'To'];
  return {
    Id: id,
    StartTime: utc(answeredAt),
    EndTime: utc(endedAt),
    CallType: call.direction === 'Outbound' ? 'OutboundExternal' : 'InboundExternal',
    [`${from}Dn`]: segment.dn,
    [`${from}CallerNumber`]: segment.dn,
    [`${from}DisplayName`]: state.operators.get(segment.dn)?.name,
    [`${to}Dn`]: trunk.number,
    [`${to}CallerNumber`]: segment.dialed ?? segment.party,
    [`${to}DisplayName`]: segment.dialed ?? segment.party,
    IsArchived: state.archived.has(id),
    RecordingUrl: fileOf(segment.dn, id),
  };
}

/** The numbers for kinds and actions are documented nowhere. */
function historyRow(state: ThreeCxState, call: ThreeCxCall, segment: Segment): Row {
  const { startedAt, answeredAt, endedAt = startedAt } = segment;
  const recording = state.recordingOf(call, segment);
  const [inside, outside] = segment.isIncoming ? ['Dst', 'Src'] : ['Src', 'Dst'];
  return {
    SegmentId: segment.id,
    SegmentStartTime: utc(startedAt),
    SegmentEndTime: utc(endedAt),
    CallTime: duration(answeredAt === undefined ? 0 : endedAt - answeredAt),
    CallAnswered: answeredAt !== undefined,
    SegmentType: 1,
    SegmentActionId: 1,
    [`${inside}Dn`]: segment.dn,
    [`${inside}DnType`]: 0,
    [`${inside}CallerNumber`]: segment.dn,
    [`${inside}External`]: false,
    [`${inside}Internal`]: true,
    [`${inside}RecId`]: recording,
    [`${outside}Dn`]: trunk.number,
    [`${outside}DnType`]: 1,
    [`${outside}CallerNumber`]: segment.dialed ?? segment.party,
    [`${outside}External`]: true,
    [`${outside}Internal`]: false,
  };
}
