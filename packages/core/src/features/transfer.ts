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
        /^\+?[0-9A-Za-z*#(][0-9A-Za-z*#._() -]{0,62}$/,
        'a destination is a telephone number, an extension or a queue: digits, letters, "*", "#", ".", "_", "-", brackets and blanks',
      ),
      v.description('Telephone number with area code, extension or queue.'),
    ),
    // Null as a call is answered with where its id comes later: it names none.
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
  /** Where to: a telephone number in its digits, or an extension or queue as the caller wrote it. */
  readonly destination: string;
  /** As given by the caller, else the id of the extension's current call where the host knows it, else `null`. */
  readonly callId: CallId | null;
  /** The caller has named the call: the operator may have another one by now, which must not be transferred in its place. */
  readonly isCallNamed?: boolean;
  /** What the host knows of that call. */
  readonly call?: KnownCall;
  readonly parameters: Parameters;
  /** Our own id of this attempt, as of {@link Click2CallInput}. */
  readonly attemptId: string;
}

/** What the vendor told of a transfer that it has accepted. */
export interface TransferResult {
  /** The vendor took the transfer over. Whether the destination picks up is another matter: see `outcome`. */
  readonly status: 'accepted';
  /** The call that was handed over, where the vendor tells: the operator may have had another one than the host knew of. */
  readonly callId?: CallId | undefined;
  /** What became of the call to the destination, where the vendor told in time. */
  readonly outcome?: Outcome | undefined;
  readonly vendorStatus?: string | undefined;
}

/**
 * Transfers the operator's current call. Resolves when the vendor has accepted; never repeats a request once it has left.
 *
 * @throws {TelephonyError} `refused` when there is no call to transfer, and the codes of every exchange.
 */
export type Transfer = (input: TransferInput, context: AdapterContext) => Promise<TransferResult>;
