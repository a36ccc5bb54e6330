import * as v from 'valibot';

const DescriptionSchema = v.strictObject({
  pt: v.pipe(v.string(), v.nonEmpty()),
  en: v.pipe(v.string(), v.nonEmpty()),
});

/** One setting that a profile cannot know and a company has to supply. */
const AskSchema = v.strictObject({
  /** Place in the settings: `baseUrl`, `variables.user`. */
  at: v.pipe(v.string(), v.regex(/^\w+(?:\.\w+)*$/)),
  description: DescriptionSchema,
  example: v.string(),
  /** A regular expression that its value must match. */
  pattern: v.optional(v.string()),
});
export type Ask = v.InferOutput<typeof AskSchema>;

/** A vendor's system as data: what it requires, and everything else as settings of the template. */
export const ProfileSchema = v.strictObject({
  title: v.string(),
  asks: v.array(AskSchema),
  settings: v.record(v.string(), v.unknown()),
});
export type Profile = v.InferOutput<typeof ProfileSchema>;
