import type { ThreeCxAssumptions } from './assumptions.ts';
import type { Fate } from './people.ts';

/**
 * One stretch of a call: a leg at a DN as long as it lives, a row of the reports when the call is over. Its moments may lie ahead, as what people will do is
 * settled when it begins; until they have come, nothing of them shows.
 */
export interface Segment {
  readonly id: number;
  readonly participantId: number;
  readonly legId: number;
  readonly historyId: string;
  readonly cdrId: string;
  /** Where the leg shows. Empty beyond the trunk, where nobody sees it. */
  readonly dn: string;
  readonly deviceId: string;
  /** Whether the phone at the DN rings with it, and its being lifted is the answer. */
  readonly isIncoming: boolean;
  /** Who is at the other end, for the DN. */
  readonly party: string;
  /** On whose account it is in the reports. */
  readonly sourceDn: string;
  /** What goes out over the trunk. */
  readonly dialed: string | undefined;
  readonly referredBy: string;
  readonly recordingId: number | undefined;
  readonly startedAt: number;
  /** When it goes out over the trunk: the operator has lifted. */
  liftedAt: number | undefined;
  answeredAt: number | undefined;
  endedAt: number | undefined;
  reason: string;
}

export interface ThreeCxCall {
  /** `callid` of call control. */
  readonly id: number;
  readonly historyId: string;
  readonly direction: 'Inbound' | 'Outbound';
  /** The customer's, as it was dialed or shown. */
  readonly number: string;
  readonly segments: Segment[];
}

/** The number of a call outside of call control: its `callid`, or else one that another call has there. */
export const numberElsewhere = ({ id }: ThreeCxCall, isCallId: boolean): number =>
  isCallId ? id : id - 1;

/** The status of a live leg; nothing where there is none at this moment. */
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

/** When the last of its segments ended; nothing where one goes on. */
export function endOf({ segments }: ThreeCxCall, now: number): number | undefined {
  const ends = segments.map(({ endedAt }) => endedAt ?? Number.POSITIVE_INFINITY);
  const last = Math.max(...ends);
  return last <= now ? last : undefined;
}

/** Ends a segment before its time: what was still to come does not come. */
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
