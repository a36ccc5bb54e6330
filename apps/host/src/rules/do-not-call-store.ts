import type { Kysely } from 'kysely';
import { openRow } from '../store/damaged-rows.ts';
import { chunksOf } from '../store/chunks-of.ts';
import type { DoNotCallTable, Schema } from '../store/schema.ts';
import type { Store } from '../store/store.ts';
import type { Tenant } from '../tenants/tenant.ts';

/** The company that owns a list. */
type Owner = Pick<Tenant, 'id' | 'cipher'>;

export interface DoNotCallEntry {
  /** E.164; `undefined` if it does not open any more. It stays on the list: what is asked for is its hash. */
  readonly number: string | undefined;
  readonly addedAt: number;
  /** Id of the API key that added it. */
  readonly author: string;
}

export interface DoNotCallPage {
  readonly entries: readonly DoNotCallEntry[];
  /** Cursor for the next page; `undefined` on the last page. */
  readonly next: string | undefined;
}

/** Numbers that neither operators nor the dialer of a company may ever call. Stored as keyed hashes, with the numbers encrypted. */
export interface DoNotCallStore {
  /** Resolves with how many of the numbers were not on the list before. */
  readonly add: (tenant: Owner, numbers: readonly string[], author: string) => Promise<number>;
  /** Resolves with how many of the numbers were on the list. */
  readonly remove: (tenant: Owner, numbers: readonly string[]) => Promise<number>;
  readonly find: (tenant: Owner, number: string) => Promise<DoNotCallEntry | undefined>;
  /** Answered from memory for companies without a list, which are most. */
  readonly isEmpty: (tenant: Owner) => Promise<boolean>;
  /** Which of these hashes are on the list. */
  readonly among: (tenant: Owner, numberHashes: readonly string[]) => Promise<ReadonlySet<string>>;
  /** One page of the list, in an arbitrary but stable order. */
  readonly page: (
    tenant: Owner,
    options: { readonly after: string; readonly limit: number },
  ) => Promise<DoNotCallPage>;
}

/** Numbers that one statement adds or removes. Each is sealed, and each touches a page of its own: more would keep everybody else on SQLite waiting. */
const writtenAtOnce = 200;

const place = (hash: string) => `do-not-call/${hash}`;

export function createDoNotCallStore(store: Store, now: () => number): DoNotCallStore {
  const { db } = store;
  // Most companies have no list, and an operator's call should not wait for a query to find that out. A change to the list, on any host, is announced as a
  // change of the tenant.
  let empty: ReadonlySet<string> = new Set();
  store.listen('tenants', (tenantId) => {
    // A new set in any case, so that `isEmpty` discards what it is reading at this moment.
    empty = new Set(tenantId === '*' ? [] : [...empty].filter((id) => id !== tenantId));
  });

  async function isEmpty(tenant: Owner): Promise<boolean> {
    const before = empty;
    if (before.has(tenant.id)) return true;
    const any = await db
      .selectFrom('do_not_call')
      .select('number_hash')
      .where('tenant_id', '=', tenant.id)
      .limit(1)
      .executeTakeFirst();
    if (!any && empty === before) empty = new Set([...before, tenant.id]);
    return !any;
  }

  async function among(tenant: Owner, hashes: readonly string[]): Promise<Set<string>> {
    const found = new Set<string>();
    if (await isEmpty(tenant)) return found;
    for (const chunk of chunksOf(hashes)) {
      const rows = await db
        .selectFrom('do_not_call')
        .select('number_hash')
        .where('tenant_id', '=', tenant.id)
        .where('number_hash', 'in', chunk)
        .execute();
      for (const row of rows) found.add(row.number_hash);
    }
    return found;
  }

  return {
    isEmpty,
    among,

    async find(tenant, number) {
      if (await isEmpty(tenant)) return undefined;
      const row = await db
        .selectFrom('do_not_call')
        .selectAll()
        .where('tenant_id', '=', tenant.id)
        .where('number_hash', '=', tenant.cipher.hash(number))
        .executeTakeFirst();
      return row && { ...toEntry(store, tenant, row), number };
    },

    async add(tenant, numbers, author) {
      let added = 0;
      const addChunk = async (into: Kysely<Schema>, chunk: readonly string[]) => {
        const { numInsertedOrUpdatedRows } = await into
          .insertInto('do_not_call')
          .values(
            chunk.map((number) => {
              const hash = tenant.cipher.hash(number);
              return {
                tenant_id: tenant.id,
                number_hash: hash,
                sealed: tenant.cipher.seal(place(hash), number),
                author,
                created_at: now(),
              };
            }),
          )
          .onConflict((conflict) => conflict.doNothing())
          .executeTakeFirst();
        added += Number(numInsertedOrUpdatedRows ?? 0n);
      };
      for (const chunk of chunksOf([...new Set(numbers)], writtenAtOnce)) {
        // The change is announced with the first numbers, so that they take effect at once, even if adding the others fails.
        if (added === 0)
          await store.change('tenants', tenant.id, (transaction) => addChunk(transaction, chunk));
        else await addChunk(db, chunk);
      }
      return added;
    },

    async remove(tenant, numbers) {
      let removed = 0;
      for (const chunk of chunksOf([...new Set(numbers)], writtenAtOnce)) {
        const { numDeletedRows } = await db
          .deleteFrom('do_not_call')
          .where('tenant_id', '=', tenant.id)
          .where(
            'number_hash',
            'in',
            chunk.map((number) => tenant.cipher.hash(number)),
          )
          .executeTakeFirst();
        removed += Number(numDeletedRows);
      }
      return removed;
    },

    async page(tenant, { after, limit }) {
      const rows = await db
        .selectFrom('do_not_call')
        .selectAll()
        .where('tenant_id', '=', tenant.id)
        .where('number_hash', '>', after)
        .orderBy('number_hash')
        .limit(limit)
        .execute();
      return {
        entries: rows.map((row) => toEntry(store, tenant, row)),
        next: rows.length < limit ? undefined : rows.at(-1)?.number_hash,
      };
    },
  };
}

function toEntry(store: Store, tenant: Owner, row: DoNotCallTable): DoNotCallEntry {
  const named = { tenant: tenant.id, table: 'do_not_call', row: row.number_hash };
  return {
    number: openRow(store, named, () => tenant.cipher.open(place(row.number_hash), row.sealed)),
    addedAt: row.created_at,
    author: row.author,
  };
}
