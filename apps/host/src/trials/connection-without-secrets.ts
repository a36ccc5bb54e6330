import { buildConnection } from '../tenants/build-tenant.ts';
import type { InstalledAdapter } from '../tenants/installed-adapter.ts';
import { maskedSecret, secretPlaceholder } from '../tenants/secret-references.ts';
import type { Connection } from '../tenants/tenant.ts';
import type { ConnectionDocument } from '../tenants/tenant-document.ts';

/**
 * A connection created with placeholders for its secrets, so that no secret can be shown. The placeholder is the sign for a masked secret or, if the adapter
 * does not accept that (it may require letters and digits), the one that documents are checked with.
 */
export function connectionWithoutSecrets(
  name: string,
  document: ConnectionDocument,
  adapters: ReadonlyMap<string, InstalledAdapter>,
): Connection | undefined {
  return (
    buildConnection(name, document, { adapters, lookup: maskedSecret }) ??
    buildConnection(name, document, { adapters, lookup: secretPlaceholder })
  );
}
