import * as v from 'valibot';

/** The form that the words of a vendor must have; what stands beside them is not looked at. */
export const VendorAnswerForm = v.looseObject({
  status: v.optional(v.number()),
  message: v.optional(v.string()),
  excerpt: v.optional(v.string()),
});
