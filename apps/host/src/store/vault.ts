import { createSecretKey, hkdfSync, randomBytes } from 'node:crypto';
import type { Kysely, Transaction } from 'kysely';
import { keyedHash } from './keyed-hash.ts';
import { masterKeyNotGiven, type MasterKey } from './master-keys.ts';
import { seal, unseal } from './seal.ts';
import { openShortTexts, sealShortTexts, type HashedText } from './short-seals.ts';
import type { Schema } from './schema.ts';
import type { Store } from './store.ts';

/**
 * A tenant's own cipher: AES-256-GCM under the tenant's data key. `place` (for example `secrets/pbxToken` or `calls/<id>`) is bound into the
 * seal, so that a sealed value copied to another row, field or tenant does not open.
 */
export interface TenantCipher {
  readonly seal: (place: string, text: string) => string;
  /** @throws {TelephonyError} `internal` when the value was changed, moved, or sealed under a lost key. */
  readonly open: (place: string, sealed: string) => string;
  /** Keyed hash (HMAC-SHA-256, 32 hex characters) for equality search over personal values. */
  readonly hash: (text: string) => string;
  /**
   * Seals very many short texts at once, each together with its {@link hash}, which serves as nonce and as proof (a synthetic IV): creating a cipher for
   * each of a million numbers would cost more than everything else. At most 16 bytes each; equal texts give equal seals, as they give equal hashes.
   */
  readonly sealShort: (texts: readonly HashedText[]) => string[];
  /** @throws {TelephonyError} `internal` when text and hash do not belong together. */
  readonly openShort: (sealed: readonly HashedText[]) => string[];
}

export interface Vault {
  /** The tenant's cipher; its data key is created and stored on first use. Cached. */
  readonly cipher: (tenantId: string) => Promise<TenantCipher>;
  /** The same without creating a key, for what was sealed before: a key must not outlive its company, because the next company with the same id would get it. */
  readonly known: (tenantId: string) => Promise<TenantCipher | undefined>;
  /**
   * The same as `cipher`, but with the data key that a transaction finds or creates: a cached one may be that of a company that was deleted since, and what is
   * sealed with it could not be read by anybody.
   */
  readonly cipherWithin: (
    transaction: Transaction<Schema>,
    tenantId: string,
  ) => Promise<TenantCipher>;
  /** Wraps every data key under the newest master key; afterwards the older ones may be removed. Returns how many keys it wrapped. */
  readonly rewrap: () => Promise<number>;
}

/**
 * Envelope encryption: a data key per tenant, wrapped under a master key that is kept outside the database. Deleting a tenant's data key makes
 * everything sealed with it unreadable here. An earlier backup contains that key as well, wrapped.
 */
export function createVault(store: Store, masterKeys: readonly [MasterKey, ...MasterKey[]]): Vault {
  const ciphers = new Map<string, Promise<TenantCipher | undefined>>();
  const [newest] = masterKeys;
  store.listen('tenants', (payload) => {
    // A tenant that was deleted and created again has another key.
    if (payload === '*') ciphers.clear();
  });

  function known(tenantId: string): Promise<TenantCipher | undefined> {
    const before = ciphers.get(tenantId);
    if (before) return before;
    const finding = find(store.db, tenantId);
    ciphers.set(tenantId, finding);
    const forget = () => {
      if (ciphers.get(tenantId) === finding) ciphers.delete(tenantId);
    };
    finding.then((cipher) => cipher ?? forget(), forget);
    return finding;
  }

  async function create(db: Kysely<Schema>, tenantId: string): Promise<TenantCipher> {
    const fresh = randomBytes(32);
    await db
      .insertInto('tenant_keys')
      .values({
        tenant_id: tenantId,
        wrapped_key: seal(newest.key, placeOfKey(tenantId), fresh),
        master_key_id: newest.id,
        created_at: Date.now(),
      })
      .onConflict((conflict) => conflict.column('tenant_id').doNothing())
      .execute();
    // Not `known`, which may have looked before the key was there.
    const cipher = await find(db, tenantId);
    if (!cipher) throw new Error(`the company ${tenantId} was deleted in this moment`);
    return cipher;
  }

  async function find(db: Kysely<Schema>, tenantId: string): Promise<TenantCipher | undefined> {
    const row = await db
      .selectFrom('tenant_keys')
      .selectAll()
      .where('tenant_id', '=', tenantId)
      .executeTakeFirst();
    return (
      row &&
      tenantCipher(tenantId, unwrap(masterKeys, tenantId, row.master_key_id, row.wrapped_key))
    );
  }

  return {
    known,

    cipher: async (tenantId) => (await known(tenantId)) ?? create(store.db, tenantId),

    cipherWithin: async (transaction, tenantId) =>
      (await find(transaction, tenantId)) ?? create(transaction, tenantId),

    async rewrap() {
      const rows = await store.db
        .selectFrom('tenant_keys')
        .selectAll()
        .where('master_key_id', '!=', newest.id)
        .execute();
      for (const row of rows) {
        const key = unwrap(masterKeys, row.tenant_id, row.master_key_id, row.wrapped_key);
        await store.db
          .updateTable('tenant_keys')
          .set({
            wrapped_key: seal(newest.key, placeOfKey(row.tenant_id), key),
            master_key_id: newest.id,
          })
          .where('tenant_id', '=', row.tenant_id)
          .where('wrapped_key', '=', row.wrapped_key)
          .execute();
      }
      return rows.length;
    },
  };
}

const placeOfKey = (tenantId: string) => `tenant-key/${tenantId}`;

function unwrap(
  masterKeys: readonly MasterKey[],
  tenantId: string,
  masterKeyId: string,
  wrapped: string,
): Buffer {
  const master = masterKeys.find((key) => key.id === masterKeyId);
  if (!master) throw masterKeyNotGiven(masterKeyId);
  return unseal(master.key, placeOfKey(tenantId), wrapped);
}

function tenantCipher(tenantId: string, dataKey: Buffer): TenantCipher {
  // As key objects: given as bytes, they would be imported on each use, at many times the cost of the cipher itself.
  const key = createSecretKey(dataKey);
  const hash = keyedHash(
    Buffer.from(hkdfSync('sha256', dataKey, '', 'finaz-telephony search', 32)),
  );
  const shortKey = createSecretKey(
    Buffer.from(hkdfSync('sha256', dataKey, '', 'finaz-telephony short texts', 32)),
  );
  return {
    seal: (place, text) => seal(key, `${tenantId}/${place}`, Buffer.from(text, 'utf8')),
    open: (place, sealed) => unseal(key, `${tenantId}/${place}`, sealed).toString('utf8'),
    hash,
    sealShort: (texts) => sealShortTexts(shortKey, texts),
    openShort: (sealed) => openShortTexts(shortKey, hash, sealed),
  };
}
