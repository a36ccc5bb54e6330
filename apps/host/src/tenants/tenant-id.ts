import { TenantIdSchema } from '@finaz-telephony/core/host';
import type { HostContext } from '../http/host-env.ts';
import { pathValue } from '../http/path-value.ts';

/** The company of the address, whether or not there is one. */
export const tenantIdOf = (context: HostContext): string =>
  pathValue(context, 'tenant', TenantIdSchema);
