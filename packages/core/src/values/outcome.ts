import * as v from 'valibot';

/** How one dialing of one number ended. The vendor's own word is kept in `vendorStatus`. */
export const outcomes = [
  'answered',
  'busy',
  'no_answer',
  'voicemail',
  'invalid_number',
  'rejected',
  'abandoned',
  'blocked',
  'failed',
  'unknown',
] as const;

export const OutcomeSchema = v.pipe(
  v.picklist(outcomes),
  v.title('outcome'),
  v.description("How the dialing ended. `unknown`: the vendor's word has no mapping yet."),
);
/** How one dialing of one number ended. `unknown`: the vendor's word has no mapping yet. */
export type Outcome = v.InferOutput<typeof OutcomeSchema>;
