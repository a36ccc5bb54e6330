import * as v from 'valibot';
import type { AdapterContext } from '../context.ts';
import {
  CallIdSchema,
  ExtensionSchema,
  ParametersSchema,
  QueueSchema,
  type CallId,
  type Extension,
  type Parameters,
  type Queue,
} from '../values/identifiers.ts';
import type { KnownCall } from '../values/known-call.ts';
import type { Outcome } from '../values/outcome.ts';

/** What the CRM sends to hand the operator's current call to another number (manual: Transferência). */
export const TransferRequestSchema = v.pipe(
  v.strictObject({
    queue: QueueSchema,
    extension: ExtensionSchema,
    destination: v.pipe(
      v.string(),
      v.trim(),
      v.regex(
        /^\+?[0-9A-Za-zÀ-ÖØ-öø-ÿ*#(][0-9A-Za-zÀ-ÖØ-öø-ÿ*#._() -]{0,62}$/,
        'a destination is a telephone number, an extension or a queue: digits, letters, "*", "#", ".", "_", "-", brackets and blanks',
      ),
      v.description('Telephone number with area code, extension or queue.'),
    ),
    // A caller may pass on the `null` of a click2call whose id comes later: it names no call.
    callId: v.nullish(CallIdSchema, () => undefined),
    parameters: v.nullish(ParametersSchema, () => undefined),
  }),
  v.title('transfer request'),
);
/** {@link TransferRequestSchema} */
export type TransferRequest = v.InferOutput<typeof TransferRequestSchema>;

/** One transfer of the call that an operator has. */
export interface TransferInput {
  readonly queue: Queue;
  readonly extension: Extension;
  /** Where to: a telephone number without punctuation, or an extension or queue as the caller wrote it. */
  readonly destination: string;
  /** The id that the caller gave; otherwise that of the extension's current call, if the host knows it; otherwise `null`. */
  readonly callId: CallId | null;
  /** The caller has named the call: if the operator is in another call by now, that call must not be transferred instead. */
  readonly isCallNamed?: boolean;
  /** What the host knows of that call. */
  readonly call?: KnownCall;
  readonly parameters: Parameters;
  /** Our own id of this attempt, as in {@link Click2CallInput}. */
  readonly attemptId: string;
}

/** What the vendor reported about a transfer that it has accepted. */
export interface TransferResult {
  /** The vendor took the transfer over. Whether the destination picks up is another matter: see `outcome`. */
  readonly status: 'accepted';
  /** The call that was transferred, if the vendor reports it: it may be another call than the host knew of. */
  readonly callId?: CallId | undefined;
  /** What became of the call to the destination, if the vendor reported it in time. */
  readonly outcome?: Outcome | undefined;
  /** The vendor's own word for the outcome. */
  readonly vendorStatus?: string | undefined;
}

/**
 * Transfers the operator's current call. Resolves when the vendor has accepted; never repeats a request once it has left.
 *
 * @throws {TelephonyError} `refused` when there is no call to transfer; `auth_failed`, `timeout` … with `delivery` saying whether it may have happened.
 */
export type Transfer = (input: TransferInput, context: AdapterContext) => Promise<TransferResult>;
