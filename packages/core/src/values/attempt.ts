import * as v from 'valibot';
import { CallIdSchema, ContactIdSchema, ExtensionSchema } from './identifiers.ts';
import { OutcomeSchema } from './outcome.ts';

/** One dialing of one number by the dialer, with its outcome (manual: Retorno do Discador). */
export const AttemptSchema = v.pipe(
  v.object({
    contactId: ContactIdSchema,
    areaCode: v.string(),
    number: v.string(),
    at: v.pipe(
      v.string(),
      v.isoTimestamp(),
      v.description('When it was dialed: ISO 8601 with a zone.'),
    ),
    outcome: OutcomeSchema,
    vendorStatus: v.pipe(v.string(), v.description("The vendor's own word for the outcome.")),
    callId: v.optional(CallIdSchema),
    extension: v.optional(ExtensionSchema),
    duration: v.optional(
      v.pipe(v.number(), v.minValue(0), v.description('Seconds of conversation.')),
    ),
  }),
  v.title('attempt'),
);
export type Attempt = v.InferOutput<typeof AttemptSchema>;
