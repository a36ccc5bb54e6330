import { TelephonyError, type CallProgress, type FollowCall } from '@finaz-telephony/core';
import { readCallId } from '../call-id.ts';
import { safeExtension } from '../numbers.ts';
import { participantsOf } from '../participants.ts';
import type { PbxWork } from '../pbx.ts';
import { findOutbound, isAnswered, type OutboundCall, type SoughtCall } from '../reports.ts';
import type { ThreeCxSettings } from '../settings.ts';

/** The state of a call: while it is live from the operator's leg, afterwards from the report of outbound calls. */
export function followCall(settings: ThreeCxSettings): FollowCall {
  return async ({ callId, call }, context) => {
    const work: PbxWork = { settings, context, feature: 'click2call' };
    const key = callId === null ? undefined : readCallId(callId);
    if (!key) throw nobodyKnows();
    const extension = safeExtension(key.extension, 'click2call');
    const leg = (await participantsOf(work, extension)).find(({ callid }) => callid === key.callid);
    if (leg) {
      // The leg of an outgoing call is connected once the customer answers. No status of 3CX is known to tell whose phone rings until then.
      const isConnected = leg.status.toLowerCase() === 'connected';
      return { phase: isConnected ? 'talking' : 'accepted', vendorStatus: leg.status };
    }
    return { phase: 'ended', ...(await endOf(work, { key, call })) };
  };
}

/** What the report says about an ended call. A missing row, or a client that may not read it, is no failure: that the call has ended is known without it. */
async function endOf(work: PbxWork, sought: SoughtCall): Promise<Partial<CallProgress>> {
  try {
    const row = await findOutbound(work, sought);
    return row ? ended(row) : {};
  } catch (error) {
    if (!TelephonyError.isInstance(error)) throw error;
    return {};
  }
}

function ended(row: OutboundCall): Partial<CallProgress> {
  const { Status, TalkingDuration } = row;
  const answered = isAnswered(row);
  return {
    outcome: answered === undefined ? 'unknown' : outcomes[`${answered}`],
    vendorStatus: Status === '' ? undefined : Status,
    duration: answered === true ? secondsOf(TalkingDuration) : undefined,
  };
}

/** Busy, no answer and invalid number look alike in this report. */
const outcomes = { true: 'answered', false: 'no_answer' } as const;

/** The seconds of a duration such as `PT1M12.4S`. */
function secondsOf(duration: string): number | undefined {
  const [matched, hours = '0', minutes = '0', seconds = '0'] =
    /^PT(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?$/.exec(duration) ?? [];
  if (matched === undefined) return undefined;
  return Math.round(Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds));
}

function nobodyKnows(): TelephonyError {
  return new TelephonyError({
    code: 'not_found',
    feature: 'click2call',
    message:
      '3CX does not accept an id chosen by this host, so a call whose id is unknown cannot be found again: it may have been placed.',
    hint: 'Ask the operator, or look at the call log of 3CX, and settle the call by hand.',
  });
}
