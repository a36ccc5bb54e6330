import type { TelephonyError } from '@finaz-telephony/core';
import * as v from 'valibot';
import { DeliverySchema, VendorAnswerSchema } from '../http/problem.ts';

/** An error as a part of an answer: of a trial that was asked for, and has failed. */
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
