import type { Transaction } from 'kysely';
import * as v from 'valibot';
import { canSign, signsNothing } from '../events/webhook-signer.ts';
import { by } from '../store/by-text.ts';
import { openNeededRow, restoreBackup } from '../store/damaged-rows.ts';
import type { Schema, SecretTable } from '../store/schema.ts';
import { doesNotOpen } from '../store/seal.ts';
import type { Store } from '../store/store.ts';
import type { TenantCipher, Vault } from '../store/vault.ts';
import { secretReferences, withSecrets } from './secret-references.ts';
import { openNeededDocument } from './tenant-documents.ts';
import { waitForOthers } from './tenant-lock.ts';

/** The document of the company names the secret. */
export class SecretInUse extends Error {
  override readonly name = 'SecretInUse';
}

/** What the document of the company uses the secret for cannot be done with the value. */
export class SecretUnfit extends Error {
  override readonly name = 'SecretUnfit';
}

/** The secrets of companies: stored separately, and sealed. */
export interface TenantSecrets {
  readonly secrets: (tenantId: string) => Promise<ReadonlyMap<string, string>>;
  readonly secretNames: (
    tenantId: string,
  ) => Promise<{ readonly name: string; readonly updatedAt: number }[]>;
  /** @throws {SecretUnfit} nothing was changed */
  readonly setSecret: (tenantId: string, name: string, value: string) => Promise<void>;
  readonly removeSecret: (tenantId: string, name: string) => Promise<boolean>;
}

const placeOf = (name: string) => `secrets/${name}`;

/** @throws {TelephonyError} `internal` if it is damaged: left out, its reference would be taken literally, and "${secret:token}" would be the token */
function openSecret(
  store: Pick<Store, 'tellDamaged'>,
  tenant: string,
  cipher: TenantCipher,
  { name, sealed }: Pick<SecretTable, 'name' | 'sealed'>,
): string {
  const what = `The secret "${name}" of company ${tenant}`;
  const hint = `Set it again with PUT /v1/tenants/${encodeURIComponent(tenant)}/secrets/${name}. If many are like that: ${restoreBackup}`;
  const named = { tenant, table: 'secrets', row: `${tenant}/${name}` };
  return openNeededRow(store, named, { what, hint }, () => cipher.open(placeOf(name), sealed));
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
      const cipher = await vault.known(tenantId);
      if (!cipher) throw doesNotOpen();
      return new Map(rows.map((row) => [row.name, openSecret(store, tenantId, cipher, row)]));
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
      await store.change('tenants', tenantId, async (transaction) => {
        await waitForOthers(store, transaction, tenantId);
        // Only now: the company may have been deleted meanwhile, with the key that was known before.
        const cipher = await vault.cipherWithin(transaction, tenantId);
        await demandSignature(store, transaction, cipher, { tenantId, name, value });
        const row = { sealed: cipher.seal(placeOf(name), value), updated_at: now() };
        await transaction
          .insertInto('secrets')
          .values({ tenant_id: tenantId, name, ...row })
          .onConflict((conflict) => conflict.columns(['tenant_id', 'name']).doUpdateSet(row))
          .execute();
      });
    },

    async removeSecret(tenantId, name) {
      const { numDeletedRows } = await store.change('tenants', tenantId, async (transaction) => {
        await waitForOthers(store, transaction, tenantId);
        const document = await documentWithin(transaction, tenantId);
        // Without the secret, its reference would be taken literally: "${secret:token}" would be the token, which everybody knows.
        const named =
          document === undefined
            ? []
            : secretReferences(openNeededDocument(store, tenantId, document));
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

/** The current document of a company, as it is stored. */
async function documentWithin(
  transaction: Transaction<Schema>,
  tenantId: string,
): Promise<string | undefined> {
  const row = await transaction
    .selectFrom('tenants')
    .select('document')
    .where('id', '=', tenantId)
    .executeTakeFirst();
  return row?.document;
}

const WithWebhookSchema = v.object({
  inbound: v.object({ webhook: v.object({ secret: v.string() }) }),
});

/** What the webhook of the company is signed with: a text that names secrets. `undefined` also if the document is damaged; it is checked when it is saved again. */
async function webhookSecretOf(
  transaction: Transaction<Schema>,
  tenantId: string,
): Promise<string | undefined> {
  const document = await documentWithin(transaction, tenantId);
  const read = v.safeParse(v.pipe(v.string(), v.parseJson(), WithWebhookSchema), document);
  return read.success ? read.output.inbound.webhook.secret : undefined;
}

/** @throws {SecretUnfit} if the company's webhook is signed with this secret, and nothing could be signed any more */
async function demandSignature(
  store: Pick<Store, 'tellDamaged'>,
  transaction: Transaction<Schema>,
  cipher: TenantCipher,
  {
    tenantId,
    name,
    value,
  }: { readonly tenantId: string; readonly name: string; readonly value: string },
): Promise<void> {
  const written = (await webhookSecretOf(transaction, tenantId)) ?? '';
  const references = secretReferences(written);
  const others = references.filter((reference) => reference.name !== name);
  if (others.length === references.length) return;
  const stored =
    others.length === 0
      ? []
      : await transaction
          .selectFrom('secrets')
          .select(['name', 'sealed'])
          .where('tenant_id', '=', tenantId)
          .where(
            'name',
            'in',
            others.map((other) => other.name),
          )
          .execute();
  const values = new Map(stored.map((row) => [row.name, openSecret(store, tenantId, cipher, row)]));
  values.set(name, value);
  if (canSign(String(withSecrets(written, (each) => values.get(each))))) return;
  throw new SecretUnfit(`as inbound.webhook.secret of the company, it ${signsNothing}`);
}
