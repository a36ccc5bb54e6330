import { RequestError } from '../http/request-error.ts';
import type { Connection, Tenant } from '../tenants/tenant.ts';

/** The connection that an address names. @throws {RequestError} 404 */
export function connectionOf(tenant: Tenant, name: string): Connection {
  const connection = tenant.connections.get(name);
  if (!connection) throw noConnection(tenant);
  return connection;
}

export function noConnection(tenant: Tenant): RequestError {
  return new RequestError(
    404,
    'not_found',
    'This company has no such connection, or it cannot be used as it stands.',
    {
      hint: `It has ${[...tenant.connections.keys()].join(', ') || 'none'}. Save the tenant document again to see what is wrong.`,
    },
  );
}
