import type { CallProgress, FollowCall } from '@finaz-telephony/core';
import * as v from 'valibot';
import { inAmiSession, readEntry } from '../ami.ts';
import { askAri, bridgedChannels, shapeOf, type AriWork } from '../ari.ts';
import { click2callResults } from '../families.ts';
import { durationOf, outcomeOf, readResult } from '../results.ts';
import { safeCallId } from '../safe-text.ts';
import type { AsteriskSettings } from '../settings.ts';
import { channelIdOf } from './click2call.ts';

const ChannelSchema = v.object({
  state: v.string(),
  dialplan: v.optional(v.object({ app_name: v.optional(v.string(), '') })),
});

/** Where a call stands: while it lives by its channel, afterwards by the result that its hangup handler has written. */
export function followCall(settings: AsteriskSettings): FollowCall {
  return async ({ callId, attemptId }, context) => {
    const work: AriWork = { settings, context, feature: 'click2call' };
    const id = safeCallId(callId ?? channelIdOf(attemptId), 'click2call');
    const answer = await askAri(work, 'GET', `/channels/${encodeURIComponent(id)}`);
    if (answer.status === 200) return live(work, id, shapeOf(ChannelSchema, answer, 'click2call'));
    const line = await inAmiSession(work, (act) => readEntry(act, click2callResults, id));
    const result = line === undefined ? undefined : readResult(line);
    if (!result) return undefined;
    const duration = durationOf(result);
    return {
      phase: 'ended',
      outcome: outcomeOf(result.status),
      vendorStatus: result.status,
      ...(duration !== undefined && { duration }),
    };
  };
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
