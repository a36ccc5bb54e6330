import type { TelephonyError } from '@finaz-telephony/core';
import * as v from 'valibot';
import { DeliverySchema, VendorAnswerSchema } from '../http/problem.ts';

/** An error as part of an answer: the result of a requested trial that failed. */
export const ShownErrorSchema = v.pipe(
  v.object({
    code: v.string(),
    message: v.string(),
    delivery: DeliverySchema,
    hint: v.optional(v.string()),
    vendor: v.optional(VendorAnswerSchema),
  }),
  v.metadata({ ref: 'Failure' }),
);

export function shownError(error: TelephonyError) {
  const { code, message, hint, delivery, vendor } = error;
  return {
    code,
    message,
    delivery,
    ...(hint !== undefined && { hint }),
    ...(vendor && { vendor: { ...vendor } }),
  };
}
