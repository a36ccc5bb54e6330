import { by } from '../store/by-text.ts';
import type { Store } from '../store/store.ts';
import type { Vault } from '../store/vault.ts';
import { secretReferences } from './secret-references.ts';
import { waitForOthers } from './tenant-lock.ts';

/** The document of the company names the secret. */
export class SecretInUse extends Error {
  override readonly name = 'SecretInUse';
}

/** The secrets of companies: stored separately, and sealed. */
export interface TenantSecrets {
  readonly secrets: (tenantId: string) => Promise<ReadonlyMap<string, string>>;
  readonly secretNames: (
    tenantId: string,
  ) => Promise<{ readonly name: string; readonly updatedAt: number }[]>;
  readonly setSecret: (tenantId: string, name: string, value: string) => Promise<void>;
  readonly removeSecret: (tenantId: string, name: string) => Promise<boolean>;
}

export function createTenantSecrets(store: Store, vault: Vault, now: () => number): TenantSecrets {
  const { db } = store;

  return {
    async secrets(tenantId) {
      const rows = await db
        .selectFrom('secrets')
        .select(['name', 'sealed'])
        .where('tenant_id', '=', tenantId)
        .execute();
      if (rows.length === 0) return new Map();
      const cipher = await vault.cipher(tenantId);
      return new Map(rows.map((row) => [row.name, cipher.open(`secrets/${row.name}`, row.sealed)]));
    },

    async secretNames(tenantId) {
      const rows = await db
        .selectFrom('secrets')
        .select(['name', 'updated_at'])
        .where('tenant_id', '=', tenantId)
        .execute();
      return rows
        .toSorted(by(({ name }) => name))
        .map((row) => ({ name: row.name, updatedAt: row.updated_at }));
    },

    async setSecret(tenantId, name, value) {
      const cipher = await vault.cipher(tenantId);
      const row = { sealed: cipher.seal(`secrets/${name}`, value), updated_at: now() };
      await store.change('tenants', tenantId, (transaction) =>
        transaction
          .insertInto('secrets')
          .values({ tenant_id: tenantId, name, ...row })
          .onConflict((conflict) => conflict.columns(['tenant_id', 'name']).doUpdateSet(row))
          .execute(),
      );
    },

    async removeSecret(tenantId, name) {
      const { numDeletedRows } = await store.change('tenants', tenantId, async (transaction) => {
        await waitForOthers(store, transaction, tenantId);
        const current = await transaction
          .selectFrom('tenants')
          .select('document')
          .where('id', '=', tenantId)
          .executeTakeFirst();
        // Without the secret, its reference would be taken literally: "${secret:token}" would be the token, which everybody knows.
        const named = current ? secretReferences(JSON.parse(current.document)) : [];
        if (named.some((reference) => reference.name === name))
          throw new SecretInUse(`the document of ${tenantId} names the secret "${name}"`);
        return transaction
          .deleteFrom('secrets')
          .where('tenant_id', '=', tenantId)
          .where('name', '=', name)
          .executeTakeFirst();
      });
      return numDeletedRows > 0n;
    },
  };
}
