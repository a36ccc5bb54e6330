import type { Transaction } from 'kysely';
import { by } from '../store/by-text.ts';
import { openNeededRow, openRow, restoreBackup } from '../store/damaged-rows.ts';
import type { Schema } from '../store/schema.ts';
import type { Store } from '../store/store.ts';
import { removeFormer } from './remove-tenant.ts';
import { secretReferences } from './secret-references.ts';
import type { TenantDocument } from './tenant-document.ts';
import { waitForOthers } from './tenant-lock.ts';

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

/** The version that a change is based on; 0: there must be none yet, `any`: there must be one. */
export type ExpectedVersion = number | 'any';

/** Somebody else saved another version in the meantime. */
export class VersionConflict extends Error {
  override readonly name = 'VersionConflict';
  readonly current: number;

  constructor(current: number) {
    super(`the tenant is at version ${current}`);
    this.current = current;
  }
}

/** The document names a secret that was removed while it was being checked. */
export class SecretGone extends Error {
  override readonly name = 'SecretGone';
}

/** Tenant documents with all their versions. */
export interface TenantDocuments {
  /** The current documents of all companies; `undefined` for one that is damaged. */
  readonly all: () => Promise<
    { readonly id: string; readonly version: number; readonly document: unknown }[]
  >;
  readonly list: () => Promise<
    {
      readonly id: string;
      readonly name: string;
      readonly version: number;
      readonly unreadable?: true;
    }[]
  >;
  /** @throws {TelephonyError} `internal` if it is damaged */
  readonly read: (tenantId: string) => Promise<StoredTenant | undefined>;
  readonly versions: (tenantId: string) => Promise<TenantVersion[]>;
  /** @throws {TelephonyError} `internal` if it is damaged */
  readonly readVersion: (tenantId: string, version: number) => Promise<StoredTenant | undefined>;
  /**
   * Saves a checked document as a new version; an unchanged one keeps its version.
   *
   * @throws {VersionConflict} when `expected` is given and is not what is stored.
   */
  readonly save: (
    document: TenantDocument,
    author: string,
    expected?: ExpectedVersion,
  ) => Promise<{ readonly version: number; readonly created: boolean; readonly changed: boolean }>;
}

const currentRow = (tenantId: string) => ({ tenant: tenantId, table: 'tenants', row: tenantId });

/** The current document of a company. @throws {TelephonyError} `internal` if it is damaged */
export function openNeededDocument(
  store: Pick<Store, 'tellDamaged'>,
  tenantId: string,
  text: string,
): unknown {
  const what = `The document of company ${tenantId}`;
  const path = `/v1/tenants/${encodeURIComponent(tenantId)}`;
  const hint = `Save it again with PUT ${path}: GET ${path}/versions/VERSION has what was saved. If that is not possible: ${restoreBackup}`;
  return openNeededRow(store, currentRow(tenantId), { what, hint }, (): unknown =>
    JSON.parse(text),
  );
}

export function createTenantDocuments(store: Store, now: () => number): TenantDocuments {
  const { db } = store;

  const all: TenantDocuments['all'] = async () => {
    const rows = await db.selectFrom('tenants').select(['id', 'version', 'document']).execute();
    return rows.toSorted(by(({ id }) => id)).map((row) => ({
      ...row,
      document: openRow(store, currentRow(row.id), (): unknown => JSON.parse(row.document)),
    }));
  };

  return {
    all,

    async list() {
      return (await all()).map(({ id, version, document }) => ({
        id,
        name: nameIn(document),
        version,
        ...(document === undefined && { unreadable: true as const }),
      }));
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
          document: openNeededDocument(store, tenantId, row.document),
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
      if (!row) return undefined;
      const named = { tenant: tenantId, table: 'tenant_versions', row: `${tenantId}/${version}` };
      const what = `The version ${version} of the document of company ${tenantId}`;
      const document = openNeededRow(store, named, { what }, (): unknown =>
        JSON.parse(row.document),
      );
      return { version, document, updatedAt: row.created_at };
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
        const isExpected = expected === 'any' ? stands > 0 : expected === stands;
        if (expected !== undefined && !isExpected) throw new VersionConflict(stands);
        if (current?.document === text) return { version: stands, created: false, changed: false };
        await demandSecrets(transaction, document);
        const version = stands + 1;
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
  };
}

const nameIn = (document: unknown): string =>
  typeof document === 'object' && document !== null && 'name' in document
    ? String(document.name)
    : '';

/** @throws {SecretGone} */
async function demandSecrets(
  transaction: Transaction<Schema>,
  document: TenantDocument,
): Promise<void> {
  const named = new Set(secretReferences(document).map(({ name }) => name));
  if (named.size === 0) return;
  const rows = await transaction
    .selectFrom('secrets')
    .select('name')
    .where('tenant_id', '=', document.id)
    .where('name', 'in', [...named])
    .execute();
  if (rows.length < named.size)
    throw new SecretGone('a secret that it names was removed meanwhile');
}
