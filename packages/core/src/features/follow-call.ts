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
export type CallPhase = (typeof callPhases)[number];

/** Where a call stands. */
export interface CallProgress {
  readonly phase: CallPhase;
  /** Of a call whose answer, and with it the id, was lost. */
  readonly callId?: CallId | undefined;
  /** Present once it has ended, where the vendor tells. */
  readonly outcome?: Outcome | undefined;
  readonly vendorStatus?: string | undefined;
  /** Seconds of conversation. */
  readonly duration?: number | undefined;
}

/** The call to ask for. */
export interface FollowCallInput {
  /** `null` where the vendor accepted the call without telling an id, or its answer was lost. */
  readonly callId: CallId | null;
  /** Our own id of the attempt, as `click2call` was given it. */
  readonly attemptId: string;
  /** When the attempt began, by the clock of the host: a vendor that was started since may have forgotten it. */
  readonly startedAt?: Date;
  readonly call?: KnownCall;
}

/**
 * Asks the vendor where a call stands. Changes nothing.
 *
 * @returns `undefined` where the vendor knows of no such call: a call whose answer was lost was not placed, and the caller may place it again. Where the
 *   vendor cannot be asked, having neither the call's id nor a key of ours, that is no answer: throw.
 * @throws {TelephonyError} `not_found` where nobody can tell.
 */
export type FollowCall = (
  input: FollowCallInput,
  context: AdapterContext,
) => Promise<CallProgress | undefined>;
