import * as v from 'valibot';

/** The required form of a vendor's words; additional keys are ignored. */
export const VendorAnswerForm = v.looseObject({
  status: v.optional(v.number()),
  message: v.optional(v.string()),
  excerpt: v.optional(v.string()),
});
