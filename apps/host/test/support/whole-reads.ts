import type { CompiledQuery, KyselyPlugin } from 'kysely';
import { createQueryId } from 'kysely';
import type { Store } from '../../src/store/store.ts';

/** Notes what is asked of a store, and tells how SQLite would find it, and which tables it would read from one end to the other. */
export function noteWholeReads(store: Store): {
  readonly noted: Store;
  /** On SQLite. */
  readonly plans: () => Promise<readonly string[]>;
  readonly wholeReads: () => Promise<readonly string[]>;
} {
  const queries = new Map<string, CompiledQuery>();
  const noting: KyselyPlugin = {
    transformQuery({ node }) {
      const query = store.db.getExecutor().compileQuery(node, createQueryId());
      queries.set(query.sql, query);
      return node;
    },
    transformResult: async ({ result }) => result,
  };
  async function plans(): Promise<readonly string[]> {
    const { native } = store;
    if (native.engine !== 'sqlite') return [];
    return native.transaction((database) =>
      [...queries.values()].flatMap(({ sql, parameters }) =>
        database
          .prepare<unknown[], { detail: string }>(`explain query plan ${sql}`)
          .all(...parameters)
          .map(({ detail }) => detail),
      ),
    );
  }
  return {
    noted: { ...store, db: store.db.withPlugin(noting) },
    plans,
    async wholeReads() {
      return (await plans())
        .map((detail) => /^SCAN (\w+)$/.exec(detail)?.[1] ?? '')
        .filter((table) => table !== '');
    },
  };
}
