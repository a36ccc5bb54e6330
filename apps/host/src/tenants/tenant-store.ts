import { sql, type Kysely, type Transaction } from 'kysely';
import { deleteEvents } from '../events/delete-events.ts';
import { deleteOlder } from '../store/delete-older.ts';
import type { Schema } from '../store/schema.ts';
import type { Store } from '../store/store.ts';
import type { Vault } from '../store/vault.ts';
import { secretReferences } from './secret-references.ts';
import type { TenantDocument } from './tenant-document.ts';

export interface StoredTenant {
  readonly version: number;
  readonly document: unknown;
  readonly updatedAt: number;
}

export interface TenantVersion {
  readonly version: number;
  readonly author: string;
  readonly createdAt: number;
}

/** Somebody else saved another version meanwhile. */
export class VersionConflict extends Error {
  override readonly name = 'VersionConflict';
  readonly current: number;

  constructor(current: number) {
    super(`the tenant is at version ${current}`);
    this.current = current;
  }
}

/** The document of the company names the secret. */
export class SecretInUse extends Error {
  override readonly name = 'SecretInUse';
}

/** The document names a secret that was taken away while it was checked. */
export class SecretGone extends Error {
  override readonly name = 'SecretGone';
}

/** Tenant documents with all their versions, and the secrets they name. */
export interface TenantStore {
  readonly list: () => Promise<
    { readonly id: string; readonly name: string; readonly version: number }[]
  >;
  readonly read: (tenantId: string) => Promise<StoredTenant | undefined>;
  readonly versions: (tenantId: string) => Promise<TenantVersion[]>;
  readonly readVersion: (tenantId: string, version: number) => Promise<StoredTenant | undefined>;
  /**
   * Saves a checked document as a new version; an unchanged one keeps its version.
   *
   * @throws {VersionConflict} when `expected` is given and is not the version stored; 0 means "must be new".
   */
  readonly save: (
    document: TenantDocument,
    author: string,
    expected?: number,
  ) => Promise<{ readonly version: number; readonly created: boolean; readonly changed: boolean }>;
  /** Deletes the tenant with all that belongs to it; its data key goes too, so that nothing that is left behind can be read. */
  readonly remove: (tenantId: string) => Promise<boolean>;
  readonly secrets: (tenantId: string) => Promise<ReadonlyMap<string, string>>;
  readonly secretNames: (
    tenantId: string,
  ) => Promise<{ readonly name: string; readonly updatedAt: number }[]>;
  readonly setSecret: (tenantId: string, name: string, value: string) => Promise<void>;
  readonly removeSecret: (tenantId: string, name: string) => Promise<boolean>;
}

const tablesOfATenant = [
  'exchanges',
  'webhook_deliveries',
  'events',
  'event_keys',
  'event_counters',
  'calls',
  'vendor_statuses',
  'do_not_call',
  'queue_owners',
  'idempotency_keys',
  'api_keys',
  'secrets',
  'tenant_keys',
  'tenant_versions',
] as const;

/**
 * Where requests write that were under way, on any host, as their company was deleted: sealed with a key that is gone, so that whoever takes the id could list
 * nothing of its own beside them.
 */
const tablesOfLateRequests = [
  'calls',
  'events',
  'event_keys',
  'event_counters',
  'webhook_deliveries',
  'vendor_statuses',
  'do_not_call',
] as const satisfies readonly (typeof tablesOfATenant)[number][];

/** No company has this id. */
const nobody = '';

const dayMs = 86_400_000;
/** No time is later. */
const ever = Number.MAX_SAFE_INTEGER;

/**
 * Takes away, in pieces, what a company may have millions of and no rule asks for: in the transaction that ends the company, which takes the rest, it would hold
 * up everybody else, or never come to its end.
 */
async function removeRecords(db: Kysely<Schema>, tenantId: string, at: number): Promise<void> {
  await deleteOlder(db, { table: 'exchanges', key: 'id', tenantId }, ever);
  await deleteOlder(db, { table: 'calls', key: 'id', tenantId }, at - 2 * dayMs);
  await deleteEvents(db, ever, { ending: tenantId });
}

/** With a million contacts and results they are too many for one transaction. Nobody works on them from here on, and housekeeping takes them away. */
async function endMailings(transaction: Transaction<Schema>, tenantId: string): Promise<void> {
  await transaction
    .updateTable('mailings')
    .set({ state: 'receiving', fence: -1, lease_until: 0 })
    .where('tenant_id', '=', tenantId)
    .execute();
}

/** Before a company is made: what is there of its id is of a former one, but for what it has been given already, its secrets and its keys. */
async function removeFormer(
  transaction: Transaction<Schema>,
  tenantId: string,
  at: number,
): Promise<void> {
  for (const table of tablesOfLateRequests) {
    await transaction.deleteFrom(table).where('tenant_id', '=', tenantId).execute();
  }
  await endMailings(transaction, tenantId);
  // Its credentials were tried before it was made: what is younger than its key is its own.
  const key = await transaction
    .selectFrom('tenant_keys')
    .select('created_at')
    .where('tenant_id', '=', tenantId)
    .executeTakeFirst();
  await transaction
    .deleteFrom('exchanges')
    .where('tenant_id', '=', tenantId)
    .where('created_at', '<', key?.created_at ?? at)
    .execute();
}

/** Any number that no other program is likely to lock by. */
const lockOfTenants = 731_820_455;

/** Of two that save or delete a company at once, the second sees what the first has done. SQLite has one writer at a time anyway. */
async function waitForOthers(
  { native }: Store,
  transaction: Transaction<Schema>,
  tenantId: string,
): Promise<void> {
  if (native.engine === 'sqlite') return;
  await sql`select pg_advisory_xact_lock(${sql.lit(lockOfTenants)}, hashtext(${tenantId}))`.execute(
    transaction,
  );
}

export function createTenantStore(
  store: Store,
  vault: Vault,
  now: () => number = Date.now,
): TenantStore {
  const { db } = store;

  return {
    async list() {
      const rows = await db
        .selectFrom('tenants')
        .select(['id', 'version', 'document'])
        .orderBy('id')
        .execute();
      return rows.map((row) => {
        const document: unknown = JSON.parse(row.document);
        const name =
          typeof document === 'object' && document !== null && 'name' in document
            ? String(document.name)
            : '';
        return { id: row.id, name, version: row.version };
      });
    },

    async read(tenantId) {
      const row = await db
        .selectFrom('tenants')
        .selectAll()
        .where('id', '=', tenantId)
        .executeTakeFirst();
      return (
        row && {
          version: row.version,
          document: JSON.parse(row.document),
          updatedAt: row.updated_at,
        }
      );
    },

    async versions(tenantId) {
      const rows = await db
        .selectFrom('tenant_versions')
        .select(['version', 'author', 'created_at'])
        .where('tenant_id', '=', tenantId)
        .orderBy('version', 'desc')
        .execute();
      return rows.map((row) => ({
        version: row.version,
        author: row.author,
        createdAt: row.created_at,
      }));
    },

    async readVersion(tenantId, version) {
      const row = await db
        .selectFrom('tenant_versions')
        .selectAll()
        .where('tenant_id', '=', tenantId)
        .where('version', '=', version)
        .executeTakeFirst();
      return row && { version, document: JSON.parse(row.document), updatedAt: row.created_at };
    },

    async save(document, author, expected) {
      const text = JSON.stringify(document);
      const at = now();
      return store.change('tenants', document.id, async (transaction) => {
        await waitForOthers(store, transaction, document.id);
        const current = await transaction
          .selectFrom('tenants')
          .select(['version', 'document'])
          .where('id', '=', document.id)
          .executeTakeFirst();
        const stands = current?.version ?? 0;
        if (expected !== undefined && expected !== stands) throw new VersionConflict(stands);
        if (current?.document === text) return { version: stands, created: false, changed: false };
        const named = new Set(secretReferences(document).map((reference) => reference.name));
        if (named.size > 0) {
          const rows = await transaction
            .selectFrom('secrets')
            .select('name')
            .where('tenant_id', '=', document.id)
            .where('name', 'in', [...named])
            .execute();
          if (rows.length < named.size)
            throw new SecretGone('a secret that it names was removed meanwhile');
        }
        // Versions go on counting after a tenant was deleted and made again.
        const last = await transaction
          .selectFrom('tenant_versions')
          .select((expression) => expression.fn.max('version').as('version'))
          .where('tenant_id', '=', document.id)
          .executeTakeFirst();
        const version = Math.max(stands, last?.version ?? 0) + 1;
        await transaction
          .insertInto('tenant_versions')
          .values({ tenant_id: document.id, version, document: text, author, created_at: at })
          .execute();
        if (current) {
          await transaction
            .updateTable('tenants')
            .set({ version, document: text, updated_at: at })
            .where('id', '=', document.id)
            .execute();
        } else {
          await removeFormer(transaction, document.id, at);
          await transaction
            .insertInto('tenants')
            .values({ id: document.id, version, document: text, created_at: at, updated_at: at })
            .execute();
        }
        return { version, created: !current, changed: true };
      });
    },

    async remove(tenantId) {
      await removeRecords(db, tenantId, now());
      const removed = await store.change('tenants', '*', async (transaction) => {
        await waitForOthers(store, transaction, tenantId);
        await endMailings(transaction, tenantId);
        await transaction
          .updateTable('mailing_results')
          .set({ tenant_id: nobody, fetch_id: null, next_at: null })
          .where('tenant_id', '=', tenantId)
          .execute();
        for (const table of tablesOfATenant) {
          await transaction.deleteFrom(table).where('tenant_id', '=', tenantId).execute();
        }
        return transaction.deleteFrom('tenants').where('id', '=', tenantId).executeTakeFirst();
      });
      return removed.numDeletedRows > 0n;
    },

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
        .orderBy('name')
        .execute();
      return rows.map((row) => ({ name: row.name, updatedAt: row.updated_at }));
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
        // What names it would be taken by its word: "${secret:token}" would be the token, which everybody knows.
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
