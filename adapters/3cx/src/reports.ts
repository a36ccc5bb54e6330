import * as v from 'valibot';
import type { KnownCall } from '@finaz-telephony/core';
import { isCalledNumber, type CallKey } from './call-id.ts';
import { IdSchema } from './participants.ts';
import { ask, mayNotRead, shapeOf, type Meanings, type PbxWork } from './pbx.ts';

/** What identifies a call in reports. */
export interface SoughtCall {
  readonly key: CallKey;
  /** What the host still knows of it. */
  readonly call: KnownCall | undefined;
}

/** How long after its request a call may begin in a report. */
const latestMs = 2 * 60_000;
/** How far clocks may differ. A row that began earlier is a previous call to the same number, because a call that was cut off is dialed again at once. */
const earliestMs = -5000;
/** 3CX refuses more rows at a time. */
const pageRows = 100;
/** Enough for what a whole company calls in the two minutes of a search, and no more than 3CX reports. */
const mostPages = 50;

const text = v.nullish(v.string(), '');

const OutboundSchema = v.object({
  StartTime: v.string(),
  SourceDn: text,
  DestinationCalleeId: text,
  CallHistoryId: text,
  Answered: v.nullish(v.boolean()),
  Status: text,
  TalkingDuration: text,
  RecordingId: IdSchema,
});
export type OutboundCall = v.InferOutput<typeof OutboundSchema>;

const SegmentSchema = v.object({
  StartTime: v.string(),
  SourceDn: text,
  DestinationCallerId: text,
  MainCallHistoryId: text,
  DstRecId: IdSchema,
  SrcRecId: IdSchema,
  Recordings: v.nullish(v.array(v.object({ Id: IdSchema })), []),
});
export type Segment = v.InferOutput<typeof SegmentSchema>;

const RecordingSchema = v.object({
  Id: IdSchema,
  StartTime: v.string(),
  FromDn: text,
  FromCallerNumber: text,
  ToDn: text,
  ToCallerNumber: text,
});
export type StoredRecording = v.InferOutput<typeof RecordingSchema>;

const meanings: Meanings = {
  403: mayNotRead,
  404: {
    code: 'invalid_config',
    message: 'This 3CX lacks the reports needed to find recordings.',
    hint: 'Update it to 20.0.9 or later; 20.0.6 is the oldest that will do.',
  },
};

/** Rows of an XAPI list, page by page. */
async function rowsOf<Schema extends v.GenericSchema<unknown, { readonly StartTime: string }>>(
  work: PbxWork,
  schema: Schema,
  path: string,
  query: Readonly<Record<string, string>> = {},
): Promise<readonly v.InferOutput<Schema>[]> {
  const rows: v.InferOutput<Schema>[] = [];
  for (let page = 0; page < mostPages; page += 1) {
    const asked = { ...query, $top: `${pageRows}`, $skip: `${page * pageRows}` };
    const written = Object.entries(asked).map(
      ([key, value]) => `${key}=${encodeURIComponent(value)}`,
    );
    const answer = await ask(work, 'GET', `/xapi/v1/${path}?${written.join('&')}`, {
      meanings,
      isWithheld: true,
    });
    const { value } = shapeOf(v.object({ value: v.array(schema) }), answer, work.feature);
    rows.push(...value);
    if (value.length < pageRows) break;
  }
  return rows;
}

/** In whole seconds of UTC, the format 3CX accepts. */
const written = (ms: number) => new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');

function periodOf({ key: { startedAt } }: SoughtCall) {
  const at = startedAt * 1000;
  return { from: written(at + earliestMs), to: written(at + latestMs) };
}

/** Of the rows between the extension and the number of a call, the one that began nearest to it. @param between the ends of a row, in either direction */
async function nearestOf<Row extends { readonly StartTime: string }>(
  { settings, context }: PbxWork,
  { key, call }: SoughtCall,
  rows: readonly Row[],
  between: (row: Row) => readonly { readonly extension: string; readonly number: string }[],
): Promise<Row | undefined> {
  const after = ({ StartTime }: Row) => Date.parse(StartTime) - key.startedAt * 1000;
  const near = rows
    .filter((row) => after(row) >= earliestMs && after(row) <= latestMs)
    .toSorted((one, other) => Math.abs(after(one)) - Math.abs(after(other)));
  context.logger.debug(
    { rows: rows.length, near: near.length },
    'looked for a call in a report of 3CX',
  );
  for (const row of near)
    for (const { extension, number } of between(row))
      if (extension === key.extension && (await isCalledNumber(settings, key, call, number)))
        return row;
  return undefined;
}

/**
 * The row of the report of outbound calls; it does not contain the call's number at 3CX, so it is found by time, extension and number. A call that one trunk rejected has
 * another row for each trunk tried after that: the answered one has the outcome.
 */
export async function findOutbound(
  work: PbxWork,
  sought: SoughtCall,
): Promise<OutboundCall | undefined> {
  const { from, to } = periodOf(sought);
  const rows = await rowsOf(
    work,
    OutboundSchema,
    `ReportOutboundCalls/Pbx.GetOutboundCalls(periodFrom=${from},periodTo=${to},trunkDns='',callsType=0)`,
  );
  const nearest = await nearestOf(work, sought, rows, (row) => [
    { extension: row.SourceDn, number: row.DestinationCalleeId },
  ]);
  if (!nearest || isAnswered(nearest) === true || nearest.CallHistoryId === '') return nearest;
  const { CallHistoryId: call } = nearest;
  return rows.find((row) => row.CallHistoryId === call && isAnswered(row) === true) ?? nearest;
}

/** `undefined` if the row has neither `Answered`, which 3CX may omit when it is `false`, nor a known word. */
export function isAnswered({ Answered, Status }: OutboundCall): boolean | undefined {
  const byWord = new Map([
    ['answered', true],
    ['unanswered', false],
  ]);
  return Answered ?? byWord.get(Status.toLowerCase());
}

/** The rows of one call in the call log, the operator's first. */
export async function findSegments(work: PbxWork, sought: SoughtCall): Promise<readonly Segment[]> {
  const { from, to } = periodOf(sought);
  const rows = await rowsOf(
    work,
    SegmentSchema,
    `ReportCallLogData/Pbx.GetCallLogData(periodFrom=${from},periodTo=${to},sourceType=0,sourceFilter='',destinationType=0,destinationFilter='',callsType=0,callTimeFilterType=0,callTimeFilterFrom='0:00:0',callTimeFilterTo='0:00:0',hidePcalls=true)`,
  );
  const nearest = await nearestOf(work, sought, rows, (row) => [
    { extension: row.SourceDn, number: row.DestinationCallerId },
  ]);
  if (!nearest) return [];
  const { MainCallHistoryId: main } = nearest;
  const others = rows.filter(
    (row) => row !== nearest && main !== '' && row.MainCallHistoryId === main,
  );
  return [nearest, ...others];
}

/** The recording that began at the time of the call, between the extension and the number. */
export async function findStored(
  work: PbxWork,
  sought: SoughtCall,
): Promise<StoredRecording | undefined> {
  const { from, to } = periodOf(sought);
  const rows = await rowsOf(work, RecordingSchema, 'Recordings', {
    $filter: `StartTime ge ${from} and StartTime le ${to}`,
  });
  return nearestOf(work, sought, rows, (row) => [
    { extension: row.FromDn, number: row.ToCallerNumber },
    { extension: row.ToDn, number: row.FromCallerNumber },
  ]);
}
