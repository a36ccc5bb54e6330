import * as v from 'valibot';
import type { AdapterContext } from '../context.ts';
import type { CallId, Extension, Queue } from '../values/identifiers.ts';
import {
  ExtensionSchema,
  ParametersSchema,
  QueueSchema,
  type Parameters,
} from '../values/identifiers.ts';
import type { Captures } from '../values/mailing.ts';
import type { DialablePhone } from '../values/phone-number.ts';

/** What the CRM sends to place a call (manual: Click2Call). */
export const Click2CallRequestSchema = v.pipe(
  v.strictObject({
    queue: QueueSchema,
    extension: ExtensionSchema,
    areaCode: v.pipe(v.string(), v.maxLength(8), v.description('DDD: two digits.')),
    number: v.pipe(
      v.string(),
      v.maxLength(64),
      v.description('The number, without the area code.'),
    ),
    parameters: v.nullish(ParametersSchema, () => undefined),
  }),
  v.title('click2call request'),
);
/** {@link Click2CallRequestSchema} */
export type Click2CallRequest = v.InferOutput<typeof Click2CallRequestSchema>;

/** One call to place. */
export interface Click2CallInput {
  readonly queue: Queue;
  readonly extension: Extension;
  /** The number to dial, checked and in its normal form. */
  readonly phone: DialablePhone;
  readonly parameters: Parameters;
  /** Our own id of this attempt, unique for ever: a key for vendors that take one. `[A-Za-z0-9-]`, at most 64. */
  readonly attemptId: string;
}

/** What the vendor reported about a call that it has accepted. */
export interface Click2CallResult {
  /** The vendor's id of the call; `null` if the vendor accepted the call without giving one. */
  readonly callId: CallId | null;
  /** Values to keep with the call for later features. */
  readonly captures?: Captures | undefined;
}

/**
 * Asks the vendor to ring the operator's extension and to connect it with the number.
 *
 * Resolves when the vendor has accepted. Never repeats a request on its own once it has been sent.
 *
 * @throws {TelephonyError} `refused`, `auth_failed`, `timeout` … with `delivery` saying whether the call may have been placed.
 */
export type Click2Call = (
  input: Click2CallInput,
  context: AdapterContext,
) => Promise<Click2CallResult>;
