import type { Reply, Route, SimulatorRequest } from '../simulator.ts';
import type { ThreeCxAssumptions } from './assumptions.ts';
import { trunk } from './exchange.ts';
import { readArguments } from './function-arguments.ts';
import { collection, odataFailure, reportLimits } from './odata.ts';
import { valueOf, type Row } from './odata-filter.ts';
import { numberElsewhere, type Segment, type ThreeCxCall } from './segment.ts';
import type { ThreeCxState } from './state.ts';
import { isSince, type ThreeCxVersion } from './version.ts';
import { duration, utc } from './written.ts';

const outboundArguments = ['periodFrom', 'periodTo', 'trunkDns', 'callsType'];
const callLogArguments = [
  'periodFrom',
  'periodTo',
  'sourceType',
  'sourceFilter',
  'destinationType',
  'destinationFilter',
  'callsType',
  'callTimeFilterType',
  'callTimeFilterFrom',
  'callTimeFilterTo',
  'hidePcalls',
];

export interface ReportOptions {
  /** The parameter REPORT_ROW_LIMIT of the PBX: older rows are on none of a report's pages. */
  readonly rowLimit: number;
  readonly version: ThreeCxVersion;
  readonly assumptions: ThreeCxAssumptions;
}

/** The reports. Rows are newest first, and appear only some seconds after a call has ended. */
export function reportRoutes(state: ThreeCxState, options: ReportOptions): readonly Route[] {
  const { version, assumptions, rowLimit } = options;
  return [
    {
      name: 'dialerResults',
      method: 'GET',
      pattern: /^\/xapi\/v1\/ReportOutboundCalls\/Pbx\.GetOutboundCalls\((.*)\)$/,
      handle: report(outboundArguments, rowLimit, (given) => {
        if (!isSince(version, 6)) return undefined;
        const trunks = (given.get('trunkDns') ?? '').split(',').filter(Boolean);
        if (trunks.length > 0 && !trunks.includes(trunk.number)) return [];
        return state
          .reported()
          .filter(({ segment }) => segment.dialed !== undefined && segment.liftedAt !== undefined)
          .flatMap(({ call, segment }) => {
            const row = outboundRow(state, options, call, segment);
            return assumptions.triesAnotherTrunk ? [row, failedBefore(row, segment)] : [row];
          });
      }),
    },
    {
      name: 'callLog',
      method: 'GET',
      pattern: /^\/xapi\/v1\/ReportCallLogData\/Pbx\.GetCallLogData\((.*)\)$/,
      // The meaning of the filters by source and destination is not public: here, a request with such a filter finds nothing.
      handle: report(callLogArguments, rowLimit, (given) =>
        assumptions.callLogHasRows &&
        [given.get('sourceFilter'), given.get('destinationFilter')].every((text) => text === '')
          ? state
              .reported()
              .filter(({ segment }) => segment.isIncoming || segment.liftedAt !== undefined)
              .map(({ call, segment }) => callLogRow(state, options, call, segment))
          : [],
      ),
    },
  ];
}

/** Every argument is required, or the function is unknown; an invalid moment is a server error. */
function report(
  names: readonly string[],
  rowLimit: number,
  rowsOf: (given: ReadonlyMap<string, string>) => readonly Row[] | undefined,
) {
  return (request: SimulatorRequest): Reply => {
    const given = readArguments(request.parts[0] ?? '');
    if (!names.every((name) => given.has(name))) return odataFailure(404, 'Not Found');
    const [from, to] = [given.get('periodFrom'), given.get('periodTo')].map(momentOf);
    if (from === undefined || to === undefined) return odataFailure(500, 'An error has occurred.');
    const rows = rowsOf(given);
    if (!rows) return odataFailure(404, 'Not Found');
    const asked = rows.filter(({ StartTime, Answered }) => {
      const at = Date.parse(String(valueOf(StartTime)));
      const type = given.get('callsType');
      return at >= from && at <= to && (type === '0' || (type === '1') === Answered);
    });
    // A server that sorts the rows itself loses the newest.
    const first = request.query.has('$orderby') ? 1 : 0;
    return collection(asked.slice(first, rowLimit), request, reportLimits);
  };
}

function momentOf(text = ''): number | undefined {
  const isWhole = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,12})?(Z|[+-]\d\d:\d\d)$/.test(text);
  const moment = isWhole ? Date.parse(text) : Number.NaN;
  return Number.isNaN(moment) ? undefined : moment;
}

function outboundRow(
  state: ThreeCxState,
  { version }: ReportOptions,
  call: ThreeCxCall,
  segment: Segment,
): Row {
  const times = timesOf(segment);
  const recording = state.recordingOf(call, segment);
  return {
    CdrId: segment.cdrId,
    CallHistoryId: segment.historyId,
    StartTime: utc(segment.startedAt),
    SourceDn: segment.sourceDn,
    SourceCallerId: segment.sourceDn,
    SourceDisplayName: state.operators.get(segment.sourceDn)?.name,
    DestinationDn: trunk.number,
    DestinationCalleeId: segment.dialed,
    DestinationDisplayName: segment.dialed,
    TrunkNumber: trunk.number,
    TrunkName: trunk.name,
    Answered: times.isAnswered,
    Status: times.isAnswered ? 'Answered' : 'Unanswered',
    RingingDuration: times.ringing,
    TalkingDuration: times.talking,
    CallDuration: times.whole,
    QualityReport: false,
    RecordingId: recording,
    RecordingUrl: recording === undefined ? undefined : fileOf(segment.sourceDn, recording),
    Recordings: isSince(version, 10) ? recordingsOf(recording) : undefined,
  };
}

/** The row of the trunk that rejected the call before it went out over another. */
function failedBefore(row: Row, { cdrId }: Segment): Row {
  return {
    ...row,
    // An id of its own, and the same on every read.
    CdrId: cdrId.replace(/^./, (digit) => (digit === '0' ? '1' : '0')),
    DestinationDn: '10001',
    TrunkNumber: '10001',
    TrunkName: 'Tronco B',
    Answered: false,
    Status: 'Unanswered',
    RingingDuration: 'PT0S',
    TalkingDuration: undefined,
    CallDuration: 'PT0S',
    RecordingId: undefined,
    RecordingUrl: undefined,
    Recordings: row['Recordings'] && [],
  };
}

function callLogRow(
  state: ThreeCxState,
  { version, assumptions }: ReportOptions,
  call: ThreeCxCall,
  segment: Segment,
): Row {
  const times = timesOf(segment);
  const recording = state.recordingOf(call, segment);
  const atTrunk = {
    Dn: trunk.number,
    CallerId: segment.party,
    DisplayName: segment.party,
    Type: 1,
  };
  const outside = segment.dialed === undefined ? atTrunk : { ...atTrunk, CallerId: segment.dialed };
  const inside = {
    Dn: segment.dn,
    CallerId: segment.dn,
    DisplayName: state.operators.get(segment.dn)?.name,
    Type: 0,
  };
  const [source, destination] = segment.isIncoming
    ? [atTrunk, segment.dialed === undefined ? inside : outside]
    : [inside, outside];
  return {
    ...(isSince(version, 6) && {
      MainCallHistoryId: call.historyId,
      CdrId: segment.cdrId,
      Direction: call.direction,
      Status: times.isAnswered ? 'Answered' : 'Unanswered',
    }),
    CallHistoryId: segment.historyId,
    CallId: numberElsewhere(call, assumptions.callLogHasCallId),
    SegmentId: segment.id,
    StartTime: utc(segment.startedAt),
    SourceDn: source?.Dn,
    SourceCallerId: source?.CallerId,
    SourceDisplayName: source?.DisplayName,
    SourceType: source?.Type,
    DestinationDn: destination?.Dn,
    DestinationCallerId: destination?.CallerId,
    DestinationDisplayName: destination?.DisplayName,
    DestinationType: destination?.Type,
    CallType: call.direction,
    Answered: times.isAnswered,
    Reason: segment.reason,
    RingingDuration: times.ringing,
    TalkingDuration: times.talking,
    SrcRecId: segment.isIncoming ? undefined : recording,
    DstRecId: segment.isIncoming ? recording : undefined,
    Recordings: isSince(version, 10) ? recordingsOf(recording) : undefined,
  };
}

const recordingsOf = (recording: number | undefined) =>
  recording === undefined ? [] : [{ Id: recording }];

export const fileOf = (dn: string, recording: number) => `${dn}/rec-${recording}.wav`;

/** The talk time of an unanswered call is missing, because 3CX omits zeros as it omits nulls. */
function timesOf({ startedAt, answeredAt, endedAt = startedAt }: Segment) {
  return {
    isAnswered: answeredAt !== undefined,
    ringing: duration((answeredAt ?? endedAt) - startedAt),
    talking: answeredAt === undefined ? undefined : duration(endedAt - answeredAt),
    whole: duration(endedAt - startedAt),
  };
}
