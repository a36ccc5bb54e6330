import * as v from 'valibot';
import { FeatureNameSchema } from '../features/feature-name.ts';
import { ErrorCodeSchema } from './error-code.ts';
import { TelephonyError } from './telephony-error.ts';
import { VendorAnswerForm } from './vendor-answer-form.ts';

const FormSchema = v.looseObject({
  code: ErrorCodeSchema,
  message: v.string(),
  delivery: v.picklist(['not_sent', 'answered', 'unknown']),
  retryable: v.optional(v.boolean()),
  hint: v.optional(v.string()),
  feature: v.optional(FeatureNameSchema),
  retryAfterMs: v.optional(v.pipe(v.number(), v.finite(), v.minValue(0))),
  vendor: v.optional(VendorAnswerForm),
});

/**
 * Replaces a malformed `TelephonyError` by one that reports the defect. An author without types, or another version of this package, may use a code that no
 * host knows (callers would take the error as a success) or a delivery that does not exist (a call would be placed again). Anything else is returned as it is.
 */
export function wellFormedError(thrown: unknown): unknown {
  if (!TelephonyError.isInstance(thrown)) return thrown;
  const { issues } = v.safeParse(FormSchema, thrown);
  if (!issues) return thrown;
  return new TelephonyError({
    code: 'internal',
    message: `The adapter has a defect: the ${v.getDotPath(issues[0]) ?? 'form'} of the TelephonyError that it threw is not valid.`,
    hint: 'Report this to the author of the adapter.',
    delivery: 'unknown',
    cause: thrown,
  });
}
