import { AttemptSchema } from '@finaz-telephony/core/host';
import * as v from 'valibot';

/** An attempt as the CRM is given it. */
export const ShownAttemptSchema = v.pipe(
  v.object({
    ...AttemptSchema.entries,
    contactId: v.nullable(v.string()),
    matchedBy: v.pipe(
      v.picklist(['contact', 'number', 'none']),
      v.description(
        '`number`: the telephone system sent no contact id, and the number is that of exactly one contact. `none`: not of this mailing.',
      ),
    ),
  }),
  v.metadata({ ref: 'Attempt' }),
);
export type ShownAttempt = v.InferOutput<typeof ShownAttemptSchema>;
