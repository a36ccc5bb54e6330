import type * as v from 'valibot';

/**
 * Of a schema that is used in many places: as an interface that extends this one, the declarations of the package name it there. They would repeat the whole of it each
 * time, and were a megabyte.
 */
export type NamedSchema<
  Schema extends v.GenericSchema,
  Settings = v.InferOutput<Schema>,
> = v.GenericSchema<v.InferInput<Schema>, Settings>;
