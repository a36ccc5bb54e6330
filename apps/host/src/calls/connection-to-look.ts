import { buildConnection } from '../tenants/build-tenant.ts';
import type { InstalledAdapter } from '../tenants/installed-adapter.ts';
import { maskedSecret, secretPlaceholder } from '../tenants/secret-references.ts';
import type { Connection } from '../tenants/tenant.ts';
import type { ConnectionDocument } from '../tenants/tenant-document.ts';

/**
 * A connection made with placeholders for its secrets: what is not there cannot be shown. Where an adapter does not take the sign of a masked one, a key
 * of letters and digits for instance, with those by which its document was checked.
 */
export function connectionToLook(
  name: string,
  document: ConnectionDocument,
  adapters: ReadonlyMap<string, InstalledAdapter>,
): Connection | undefined {
  return (
    buildConnection(name, document, { adapters, lookup: maskedSecret }) ??
    buildConnection(name, document, { adapters, lookup: secretPlaceholder })
  );
}
