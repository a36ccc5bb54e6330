import { AttemptSchema } from '@finaz-telephony/core/host';
import * as v from 'valibot';
import { unreadableRow } from '../store/damaged-rows.ts';

/** An attempt as the CRM is given it. */
export const ShownAttemptSchema = v.pipe(
  v.object({
    ...AttemptSchema.entries,
    contactId: v.nullable(v.string()),
    unreadable: unreadableRow('area code and number, which are empty,'),
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
