import { TenantIdSchema } from '@finaz-telephony/core';
import * as v from 'valibot';
import { invalidRequest } from '../http/error-response.ts';
import type { HostContext } from '../http/host-env.ts';

/** The company of the address, whether or not there is one. */
export function tenantIdOf(context: HostContext): string {
  const parsed = v.safeParse(TenantIdSchema, context.req.param('tenant'));
  if (!parsed.success)
    throw invalidRequest([{ path: 'tenant', message: parsed.issues[0].message }]);
  return parsed.output;
}
