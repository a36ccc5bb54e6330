import type { ThreeCxAssumptions } from './assumptions.ts';
import type { Fate } from './people.ts';

/**
 * One segment of a call: a leg at a DN while it lives, a row of the reports once the call is over. Its times may lie in the future, because people's actions are
 * decided when it begins; until then they are invisible.
 */
export interface Segment {
  readonly id: number;
  readonly participantId: number;
  readonly legId: number;
  readonly historyId: string;
  readonly cdrId: string;
  /** The DN that shows the leg; empty for a leg beyond the trunk, which is not visible. */
  readonly dn: string;
  readonly deviceId: string;
  /** Whether the phone at the DN rings, and whoever picks it up answers the call. */
  readonly isIncoming: boolean;
  /** The other party, as the DN sees it. */
  readonly party: string;
  /** The DN that the reports attribute it to. */
  readonly sourceDn: string;
  /** The number that goes out over the trunk. */
  readonly dialed: string | undefined;
  readonly referredBy: string;
  readonly recordingId: number | undefined;
  readonly startedAt: number;
  /** When the operator picks up, and the call goes out over the trunk. */
  liftedAt: number | undefined;
  answeredAt: number | undefined;
  endedAt: number | undefined;
  reason: string;
}

export interface ThreeCxCall {
  /** `callid` in call control. */
  readonly id: number;
  readonly historyId: string;
  readonly direction: 'Inbound' | 'Outbound';
  /** The customer's number, as it was dialed or shown. */
  readonly number: string;
  readonly segments: Segment[];
}

/** The number of a call outside call control: its `callid`, or one that belongs to another call there. */
export const numberElsewhere = ({ id }: ThreeCxCall, isCallId: boolean): number =>
  isCallId ? id : id - 1;

/** The status of a leg; `undefined` if it is not live at this moment. */
export function statusOf(
  segment: Segment,
  now: number,
  { legWhileOperatorRings, legWhileCustomerRings }: ThreeCxAssumptions,
): string | undefined {
  if (isOver(segment, now)) return undefined;
  if (isAnswered(segment, now)) return 'Connected';
  if (segment.isIncoming) return 'Ringing';
  return hasCome(segment.liftedAt, now) ? legWhileCustomerRings : legWhileOperatorRings;
}

export const isOver = ({ endedAt }: Segment, now: number): boolean => hasCome(endedAt, now);
export const isAnswered = ({ answeredAt }: Segment, now: number): boolean =>
  hasCome(answeredAt, now);

/** When the last segment of a call ended; `undefined` if any is still live. */
export function endOf({ segments }: ThreeCxCall, now: number): number | undefined {
  const ends = segments.map(({ endedAt }) => endedAt ?? Number.POSITIVE_INFINITY);
  const last = Math.max(...ends);
  return last <= now ? last : undefined;
}

/** Ends a segment early: what was still to come does not happen. */
export function end(segment: Segment, at: number, reason: string): void {
  if (hasCome(segment.endedAt, at)) return;
  if (!hasCome(segment.answeredAt, at)) segment.answeredAt = undefined;
  if (!hasCome(segment.liftedAt, at)) segment.liftedAt = undefined;
  segment.endedAt = at;
  segment.reason = reason;
}

export function meet(segment: Segment, { answeredAt, endedAt, reason }: Fate): void {
  segment.answeredAt = answeredAt;
  segment.endedAt = endedAt;
  segment.reason = reason;
}

function hasCome(moment: number | undefined, now: number): boolean {
  return moment !== undefined && moment <= now;
}
