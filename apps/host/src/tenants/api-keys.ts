import { hash as digest, randomBytes, timingSafeEqual } from 'node:crypto';
import * as v from 'valibot';
import { insist } from '../store/insist.ts';
import type { Store } from '../store/store.ts';
import { Watchers } from '../watchers.ts';

/** The caller. */
export interface Principal {
  /** Id of the key, never the key. */
  readonly keyId: string;
  /** `null`: an admin, who may do everything. */
  readonly tenantId: string | null;
}

export interface ApiKey {
  readonly id: string;
  readonly tenantId: string | null;
  readonly label: string;
  readonly createdAt: number;
}

/** The purpose of a key, by which people recognise it in the list when they revoke it. */
export const KeyLabelSchema = v.pipe(
  v.string(),
  v.trim(),
  v.nonEmpty('is empty'),
  v.maxLength(100, 'has more than 100 characters'),
  v.regex(/^[^\u0000-\u001f\u007f]*$/, 'has a control character'),
);

export interface ApiKeys {
  /** Creates a key; its text is returned here and never again, because only its hash is stored. */
  readonly create: (
    tenantId: string | null,
    label: string,
  ) => Promise<ApiKey & { readonly key: string }>;
  readonly list: (tenantId?: string) => Promise<ApiKey[]>;
  readonly revoke: (keyId: string) => Promise<boolean>;
  readonly authenticate: (key: string) => Promise<Principal | undefined>;
  /** For work that continues after a key was checked: calls `onRevoked` when the key is no longer valid, whichever host has revoked it. */
  readonly watch: (keyId: string, onRevoked: () => void) => () => void;
  readonly close: () => void;
}

/** The id of the key in the environment, which nobody can revoke. */
const adminKeyId = 'admin';

// The secret part has 256 random bits, so an unsalted hash is enough.
const sha256 = (text: string) => digest('sha256', text);

export function createApiKeys(
  store: Store,
  adminKey: string,
  now: () => number = Date.now,
): ApiKeys {
  const { db } = store;
  const adminHash = Buffer.from(sha256(adminKey));
  let known = new Map<string, Principal>();
  const watchers = new Watchers<() => void>();
  const closing = new AbortController();
  const stopListening = store.listen('tenants', (tenantId) => {
    // A new map: lookups in progress may have read a revoked key, and still fill the old one.
    known = new Map();
    if (tenantId === '*') void look();
  });
  let looking: Promise<void> | undefined;
  let again = false;

  /** One lookup at a time: while the store is away they would pile up. */
  function look(): Promise<void> {
    if (looking) again = true;
    looking ??= insist(tellRevoked, { until: closing.signal })
      .catch(() => undefined)
      .finally(() => {
        looking = undefined;
        if (!again) return;
        again = false;
        void look();
      });
    return looking;
  }

  async function tellRevoked(): Promise<void> {
    const watched = watchers.ids();
    if (watched.length === 0) return;
    const rows = await db
      .selectFrom('api_keys')
      .select('id')
      .where('id', 'in', watched)
      .where('revoked_at', 'is', null)
      .execute();
    const inForce = new Set(rows.map(({ id }) => id));
    for (const id of watched) if (!inForce.has(id)) for (const tell of watchers.of(id)) tell();
  }

  async function find(hash: string): Promise<Principal | undefined> {
    const row = await db
      .selectFrom('api_keys')
      .select(['id', 'tenant_id'])
      .where('hash', '=', hash)
      .where('revoked_at', 'is', null)
      .executeTakeFirst();
    return row && { keyId: row.id, tenantId: row.tenant_id };
  }

  return {
    async create(tenantId, label) {
      const id = randomBytes(6).toString('hex');
      const key = `ft_${id}_${randomBytes(32).toString('base64url')}`;
      const createdAt = now();
      await db
        .insertInto('api_keys')
        .values({
          id,
          tenant_id: tenantId,
          label,
          hash: sha256(key),
          created_at: createdAt,
          revoked_at: null,
        })
        .execute();
      return { id, tenantId, label, createdAt, key };
    },

    async list(tenantId) {
      const query = db
        .selectFrom('api_keys')
        .selectAll()
        .where('revoked_at', 'is', null)
        .orderBy('created_at');
      const rows = await (
        tenantId === undefined ? query : query.where('tenant_id', '=', tenantId)
      ).execute();
      return rows.map((row) => ({
        id: row.id,
        tenantId: row.tenant_id,
        label: row.label,
        createdAt: row.created_at,
      }));
    },

    async revoke(keyId) {
      const { numUpdatedRows } = await store.change('tenants', '*', (transaction) =>
        transaction
          .updateTable('api_keys')
          .set({ revoked_at: now() })
          .where('id', '=', keyId)
          .where('revoked_at', 'is', null)
          .executeTakeFirst(),
      );
      return numUpdatedRows > 0n;
    },

    async authenticate(key) {
      const hash = sha256(key);
      if (timingSafeEqual(Buffer.from(hash), adminHash))
        return { keyId: adminKeyId, tenantId: null };
      const kept = known;
      const cached = kept.get(hash);
      if (cached) return cached;
      const found = await find(hash);
      if (found) kept.set(hash, found);
      return found;
    },

    watch(keyId, onRevoked) {
      if (keyId === adminKeyId) return () => undefined;
      const stop = watchers.add(keyId, onRevoked);
      // The key may have been revoked since it was looked up.
      void look();
      return stop;
    },

    close() {
      closing.abort();
      stopListening();
    },
  };
}
