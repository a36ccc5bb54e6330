import type { TenantStore } from './tenant-store.ts';

/** A key may be created before its company, as secrets may be set. If the id is a typo, the CRM would get a key that does not open what it needs. */
export async function keyWarnings(
  tenants: Pick<TenantStore, 'versions'>,
  tenantId: string | null,
): Promise<string[]> {
  const isThere = tenantId === null || (await tenants.versions(tenantId)).length > 0;
  return isThere ? [] : [`there is no company ${tenantId} on this host yet`];
}
