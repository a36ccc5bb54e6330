import { issueMessage } from '@finaz-telephony/core/host';
import * as v from 'valibot';
import { invalidRequest } from './request-error.ts';
import type { HostContext } from './host-env.ts';

/**
 * The query parameters, each read by the schema that also describes it.
 *
 * @throws {RequestError} 400 naming each that cannot be used
 */
export function readQuery<const Entries extends v.ObjectEntries>(
  context: HostContext,
  entries: Entries,
): v.InferOutput<v.ObjectSchema<Entries, undefined>> {
  const result = v.safeParse(v.object(entries), context.req.query());
  if (result.success) return result.output;
  throw invalidRequest(
    result.issues.map((issue) => ({
      parameter: v.getDotPath(issue) ?? '',
      message: issueMessage(issue),
    })),
  );
}

/** One of several words, or none. */
export const wordOf = <const Words extends readonly string[]>(words: Words, description: string) =>
  v.exactOptional(
    v.pipe(v.picklist(words, `must be one of ${words.join(', ')}`), v.description(description)),
  );

/** A filter of a list. An empty one is refused: nothing matches it, and its sender does not know yet what to ask for. */
export const filterOf = <Schema extends v.GenericSchema<string, string>>(
  schema: Schema,
  description: string,
) => v.exactOptional(v.pipe(schema, v.description(description)));
