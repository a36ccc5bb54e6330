import type { Tenant } from '../tenants/tenant.ts';

/** What to do about a mailing whose contacts are at a connection that the company does not load through any more. */
export function wayOfFormer(
  { connections, unusable }: Tenant,
  former: string,
  orElse: string,
): string {
  const isThere = connections.has(former) || unusable.has(former);
  return isThere
    ? `Bind contactLoad to "${former}" again and retry the mailing; or ${orElse}.`
    : `If the connection was renamed, give it its name "${former}" back and retry the mailing: a load under the new name would clear the queue of these contacts. If that telephone system is no longer used, ${orElse}.`;
}
