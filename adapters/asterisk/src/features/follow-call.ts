import { TelephonyError, type CallProgress, type FollowCall } from '@finaz-telephony/core';
import * as v from 'valibot';
import { inAmiSession, readEntry } from '../ami.ts';
import { askAri, bridgedChannels, shapeOf, type AriWork } from '../ari.ts';
import { click2callResults } from '../families.ts';
import { durationOf, outcomeOf, readResult, type CallResult } from '../results.ts';
import { safeCallId } from '../safe-text.ts';
import type { AsteriskSettings } from '../settings.ts';
import { channelIdOf } from './click2call.ts';

const ChannelSchema = v.object({
  state: v.string(),
  dialplan: v.optional(v.object({ app_name: v.optional(v.string(), '') })),
});

/** The state of a call: while it is live from its channel, afterwards from the result written by its hangup handler. */
export function followCall(settings: AsteriskSettings): FollowCall {
  return async ({ callId, attemptId, startedAt }, context) => {
    const work: AriWork = { settings, context, feature: 'click2call' };
    const id = safeCallId(callId ?? channelIdOf(attemptId), 'click2call');
    const found = callId === null ? { callId: id } : {};
    const answer = await askAri(work, 'GET', `/channels/${encodeURIComponent(id)}`);
    if (answer.status === 200)
      return { ...(await live(work, id, shapeOf(ChannelSchema, answer, 'click2call'))), ...found };
    const line = await inAmiSession(work, (act) => readEntry(act, click2callResults, id));
    const result = line === undefined ? undefined : readResult(line);
    if (result) return { ...ended(result), ...found };
    // An Asterisk that dies writes no result.
    if (startedAt === undefined || !(await hasStartedSince(work, startedAt))) return undefined;
    if (callId === null) throw nobodyKnows();
    return { phase: 'ended', outcome: 'unknown', vendorStatus: 'INTERROMPIDA' };
  };
}

function ended(result: CallResult): CallProgress {
  const duration = durationOf(result);
  return {
    phase: 'ended',
    outcome: outcomeOf(result.status),
    vendorStatus: result.status,
    ...(duration !== undefined && { duration }),
  };
}

const InfoSchema = v.object({ status: v.object({ startup_time: v.string() }) });
/** Tolerance for the clocks, which only show whole seconds, and for the duration of the request. */
const marginMs = 3000;

/** Computed from the server's uptime: its clock may differ. */
async function hasStartedSince(work: AriWork, time: Date): Promise<boolean> {
  const answer = await askAri(work, 'GET', '/asterisk/info?only=status');
  const { startup_time: startup } = shapeOf(InfoSchema, answer, 'click2call').status;
  const runsForMs = Date.parse(answer.date ?? '') - Date.parse(startup);
  return !(work.context.now().getTime() - time.getTime() + marginMs < runsForMs);
}

function nobodyKnows(): TelephonyError {
  return new TelephonyError({
    code: 'not_found',
    feature: 'click2call',
    message:
      'Asterisk was restarted after the call was requested, and knows nothing about it: it may have been placed.',
    hint: 'Ask the operator, and settle the call by hand.',
  });
}

async function live(
  work: AriWork,
  id: string,
  { state, dialplan }: v.InferOutput<typeof ChannelSchema>,
): Promise<CallProgress> {
  if (state === 'Ringing' || state === 'Ring') return { phase: 'operator_ringing' };
  if (state !== 'Up') return { phase: 'accepted' };
  if ((await bridgedChannels(work)).has(id)) return { phase: 'talking' };
  return { phase: dialplan?.app_name === 'Dial' ? 'customer_ringing' : 'operator_ringing' };
}
