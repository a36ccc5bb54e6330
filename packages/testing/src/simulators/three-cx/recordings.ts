import { makeWav } from '../../vendor-server/wav.ts';
import type { Route } from '../simulator.ts';
import { trunk } from './exchange.ts';
import { collection, odataFailure } from './odata.ts';
import type { Row } from './odata-filter.ts';
import { fileOf } from './reports.ts';
import type { Segment, ThreeCxCall } from './segment.ts';
import type { ThreeCxState } from './state.ts';
import { utc } from './written.ts';

/** `Recordings`: the list of them, and the audio of each. */
export function recordingRoutes(state: ThreeCxState): readonly Route[] {
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
  ];
}

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
