import type * as v from 'valibot';

/**
 * For a schema that is used in many places: if an interface extends this one, the package's declarations refer to it by name. Otherwise they would repeat it in full each
 * time, which came to a megabyte.
 */
export type NamedSchema<
  Schema extends v.GenericSchema,
  Settings = v.InferOutput<Schema>,
> = v.GenericSchema<v.InferInput<Schema>, Settings>;
