import type { TenantStore } from './tenant-store.ts';

/** A key may be made before its company, as secrets may be set. Where the id is a slip, the CRM would be told of a key that does not open what it asks for. */
export async function keyWarnings(
  tenants: Pick<TenantStore, 'read'>,
  tenantId: string | null,
): Promise<string[]> {
  const isThere = tenantId === null || (await tenants.read(tenantId)) !== undefined;
  return isThere ? [] : [`there is no company ${tenantId} on this host yet`];
}
