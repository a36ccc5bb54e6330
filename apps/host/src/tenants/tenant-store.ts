import type { Store } from '../store/store.ts';
import type { Vault } from '../store/vault.ts';
import { removeTenant } from './remove-tenant.ts';
import { createTenantDocuments, type TenantDocuments } from './tenant-documents.ts';
import { createTenantSecrets, type TenantSecrets } from './tenant-secrets.ts';

/** What is stored of companies: documents with all their versions, and the secrets they name. */
export interface TenantStore extends TenantDocuments, TenantSecrets {
  /** Deletes the tenant with everything that belongs to it, including its data key, so that leftovers cannot be read. */
  readonly remove: (tenantId: string) => Promise<boolean>;
}

export function createTenantStore(
  store: Store,
  vault: Vault,
  now: () => number = Date.now,
): TenantStore {
  return {
    ...createTenantDocuments(store, now),
    ...createTenantSecrets(store, vault, now),
    remove: (tenantId) => removeTenant(store, tenantId, now()),
  };
}
