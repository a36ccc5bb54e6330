import { TenantIdSchema } from '@finaz-telephony/core/host';
import type { HostContext } from '../http/host-env.ts';
import { pathValue } from '../http/path-value.ts';

/** The company id in the path of a request, whether or not there is such a company. */
export const tenantIdOf = (context: HostContext): string =>
  pathValue(context, 'tenant', TenantIdSchema);
