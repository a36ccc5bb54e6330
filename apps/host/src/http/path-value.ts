import { issueMessage } from '@finaz-telephony/core/host';
import * as v from 'valibot';
import { invalidRequest } from './request-error.ts';
import type { HostContext } from './host-env.ts';

/** A part of the address that must have a certain format. @throws {RequestError} 400 */
export function pathValue<Output>(
  context: HostContext,
  name: string,
  schema: v.GenericSchema<unknown, Output>,
): Output {
  const parsed = v.safeParse(schema, context.req.param(name));
  if (!parsed.success)
    throw invalidRequest([{ path: name, message: issueMessage(parsed.issues[0]) }]);
  return parsed.output;
}
