import * as v from 'valibot';
import { CallIdSchema, ContactIdSchema, ExtensionSchema } from './identifiers.ts';

/**
 * A dialer call that an operator has answered (manual: Evento Chamada Atendida).
 *
 * `contactId` is the manual's `pid`, `number` its `num` (digits and a leading plus only), `callId` its `cid`, `extension` its `ramal`.
 */
export const AnsweredCallSchema = v.pipe(
  v.object({
    contactId: v.optional(ContactIdSchema),
    number: v.pipe(
      v.string(),
      v.regex(/^\+?\d{1,32}$/, 'a number has digits and at most a leading "+"'),
      v.description('Number of the call, as the vendor sends it: digits and a leading "+" only.'),
    ),
    callId: CallIdSchema,
    extension: ExtensionSchema,
  }),
  v.title('answered call'),
);
/** {@link AnsweredCallSchema} */
export type AnsweredCall = v.InferOutput<typeof AnsweredCallSchema>;
