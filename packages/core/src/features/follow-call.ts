import type { AdapterContext } from '../context.ts';
import type { CallId } from '../values/identifiers.ts';
import type { KnownCall } from '../values/known-call.ts';
import type { Outcome } from '../values/outcome.ts';

/** Where a call placed by click2call stands, in the order of a call's life. */
export const callPhases = [
  'accepted',
  'operator_ringing',
  'customer_ringing',
  'talking',
  'ended',
] as const;
/** Where a call placed by click2call stands. */
export type CallPhase = (typeof callPhases)[number];

/** Where a call stands. */
export interface CallProgress {
  readonly phase: CallPhase;
  /** The vendor's id of a call whose answer, and with it the id, was lost. */
  readonly callId?: CallId | undefined;
  /** Present once the call has ended, if the vendor reports it. */
  readonly outcome?: Outcome | undefined;
  /** The vendor's own word for the outcome. */
  readonly vendorStatus?: string | undefined;
  /** Seconds of conversation. */
  readonly duration?: number | undefined;
}

/** The call to ask about. */
export interface FollowCallInput {
  /** `null` if the vendor accepted the call without giving an id, or if its answer was lost. */
  readonly callId: CallId | null;
  /** Our own id of the attempt, as `click2call` got it. */
  readonly attemptId: string;
  /** When the attempt began, by the clock of the host: a vendor that was restarted since then may have forgotten the call. */
  readonly startedAt?: Date;
  /** What the host knows of the call. */
  readonly call?: KnownCall;
}

/**
 * Asks the vendor where a call stands. Changes nothing.
 *
 * @returns `undefined` only if the vendor says that there is no such call: a call whose answer was lost then counts as not placed, and the caller may place it
 *   again. If the vendor cannot be asked, because there is neither a call id nor a key of ours to ask by, throw.
 * @throws {TelephonyError} `not_found` if nobody can tell.
 */
export type FollowCall = (
  input: FollowCallInput,
  context: AdapterContext,
) => Promise<CallProgress | undefined>;
