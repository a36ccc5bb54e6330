import type { Logger } from '@finaz-telephony/core';
import * as v from 'valibot';
import type { Store } from '../store/store.ts';
import type { TenantCipher, Vault } from '../store/vault.ts';
import { buildTenant } from './build-tenant.ts';
import type { InstalledAdapter } from './installed-adapter.ts';
import type { Tenant, TenantDirectory } from './tenant.ts';
import { TenantDocumentSchema } from './tenant-document.ts';
import type { TenantStore } from './tenant-store.ts';

export interface TenantDirectoryOptions {
  readonly store: Store;
  readonly tenants: TenantStore;
  readonly vault: Vault;
  readonly adapters: ReadonlyMap<string, InstalledAdapter>;
  readonly logger: Logger;
}

/** Strangers may ask for any number of companies that do not exist. */
const mostCached = 5000;

/** A tenant, and what it was built from besides its document. */
interface Built {
  readonly tenant: Tenant;
  readonly secrets: ReadonlyMap<string, string>;
}

/** Caches built tenants, and evicts one as soon as any host or the command line changes it. */
export function createTenantDirectory(
  options: TenantDirectoryOptions,
): TenantDirectory & { readonly close: () => void } {
  const ready = new Map<string, Tenant | undefined>();
  const loading = new Map<string, Promise<Tenant | undefined>>();
  /**
   * The last built tenants, including those that may have changed since. After a write by another process any of them may have changed, and hardly any has: an
   * unchanged one need not be rebuilt, nor log in again.
   */
  const built = new Map<string, Built>();

  const stopListening = options.store.listen('tenants', (tenantId) => {
    if (tenantId === '*') {
      ready.clear();
      loading.clear();
    } else {
      ready.delete(tenantId);
      loading.delete(tenantId);
      built.delete(tenantId);
    }
  });

  function forgetAll(): void {
    ready.clear();
    built.clear();
  }

  /** `undefined`: the company was deleted since its document was read, and gets no new key. */
  async function cipherOf(tenantId: string): Promise<TenantCipher | undefined> {
    const known = await options.vault.known(tenantId);
    if (known) return known;
    const isThere = (await options.tenants.read(tenantId)) !== undefined;
    return isThere ? options.vault.cipher(tenantId) : undefined;
  }

  async function build(tenantId: string): Promise<Tenant | undefined> {
    const stored = await options.tenants.read(tenantId);
    const cipher = stored && (await cipherOf(tenantId));
    if (!cipher) {
      built.delete(tenantId);
      return undefined;
    }
    const secrets = await options.tenants.secrets(tenantId);
    const before = built.get(tenantId);
    if (
      before?.tenant.version === stored.version &&
      isSameKey(before.tenant.cipher, cipher) &&
      hasSameSecrets(before.secrets, secrets)
    )
      return before.tenant;
    const tenant = buildTenant({
      document: v.parse(TenantDocumentSchema, stored.document),
      version: stored.version,
      adapters: options.adapters,
      lookup: (name) => secrets.get(name),
      cipher,
      onBroken: (connection, reason) =>
        options.logger.error(
          { tenant: tenantId, connection, reason },
          'a connection cannot be used',
        ),
    });
    built.set(tenantId, { tenant, secrets });
    return tenant;
  }

  function load(tenantId: string): Promise<Tenant | undefined> {
    const started = build(tenantId).then(
      (tenant) => {
        // Only if nothing changed in the meantime: a change removes this load from `loading`.
        if (loading.get(tenantId) === started) {
          loading.delete(tenantId);
          if (ready.size >= mostCached) forgetAll();
          ready.set(tenantId, tenant);
        }
        return tenant;
      },
      (error: unknown) => {
        if (loading.get(tenantId) === started) loading.delete(tenantId);
        throw error;
      },
    );
    loading.set(tenantId, started);
    return started;
  }

  return {
    peek: (tenantId) => ready.get(tenantId),
    get(tenantId) {
      if (ready.has(tenantId)) return Promise.resolve(ready.get(tenantId));
      return loading.get(tenantId) ?? load(tenantId);
    },
    close: stopListening,
  };
}

/** A company that was deleted and created again begins with the same version, but has another key. */
const isSameKey = (one: TenantCipher, other: TenantCipher): boolean =>
  one === other || one.hash('') === other.hash('');

const hasSameSecrets = (
  one: ReadonlyMap<string, string>,
  other: ReadonlyMap<string, string>,
): boolean =>
  one.size === other.size && [...one].every(([name, value]) => other.get(name) === value);
