import { featureAt, type BoundFeature } from '../tenants/bound-feature.ts';
import type { Tenant } from '../tenants/tenant.ts';

/**
 * The connection that has the contacts of a mailing: the company may have turned to another one since.
 *
 * @param connection as stored with the mailing; `null`, if it was not stored, means the one that the company loads through
 * @returns `undefined` if it is no longer in the document, or cannot be used
 */
export function loadedThrough(
  tenant: Tenant,
  connection: string | null,
): BoundFeature<'contactLoad'> | undefined {
  const name = connection ?? tenant.bindings.contactLoad;
  return name === undefined ? undefined : featureAt(tenant, 'contactLoad', name);
}
