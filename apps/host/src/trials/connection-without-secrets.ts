import { buildConnection } from '../tenants/build-tenant.ts';
import type { InstalledAdapter } from '../tenants/installed-adapter.ts';
import { maskedSecret, secretPlaceholder } from '../tenants/secret-references.ts';
import type { Connection } from '../tenants/tenant.ts';
import type { ConnectionDocument } from '../tenants/tenant-document.ts';

/**
 * A connection made with placeholders for its secrets: what is not there cannot be shown. They are the sign of a masked secret, or, where the adapter
 * does not take that (it may want letters and digits), the placeholders that its document is checked with.
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
