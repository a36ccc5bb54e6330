import * as v from 'valibot';

/** The JSON of a response, checked: what a test reads must have the shape that it expects. */
export async function jsonOf<Schema extends v.GenericSchema>(
  response: Response,
  schema: Schema,
): Promise<v.InferOutput<Schema>> {
  return v.parse(schema, await response.json());
}

export const AnyObject = v.looseObject({});
export const ProblemShape = v.looseObject({
  status: v.number(),
  code: v.string(),
  detail: v.string(),
  hint: v.optional(v.string()),
  delivery: v.optional(v.string()),
  attemptId: v.optional(v.string()),
  vendor: v.optional(
    v.looseObject({
      status: v.optional(v.number()),
      message: v.optional(v.string()),
      excerpt: v.optional(v.string()),
    }),
  ),
  errors: v.optional(
    v.array(
      v.looseObject({
        path: v.optional(v.string()),
        parameter: v.optional(v.string()),
        message: v.string(),
      }),
    ),
  ),
});
export const PlacedShape = v.looseObject({ callId: v.nullable(v.string()), attemptId: v.string() });
export const TimelineShape = v.looseObject({
  entries: v.array(v.looseObject({ kind: v.string(), at: v.string() })),
});
export const CallsShape = v.looseObject({
  calls: v.array(v.looseObject({ attemptId: v.string(), state: v.string() })),
});
