import { SelectQueryNode, TableNode, type KyselyPlugin } from 'kysely';
import type { Schema } from '../../src/store/schema.ts';
import type { Store } from '../../src/store/store.ts';

/** A store on which something happens once between a first look into a table and the moment when who looked hears of it. */
export function meanwhile(
  store: Store,
  table: keyof Schema,
  happens: () => Promise<unknown>,
): Store {
  let looking: object | undefined;
  let isOver = false;
  const plugin: KyselyPlugin = {
    transformQuery({ node, queryId }) {
      const isLook =
        SelectQueryNode.is(node) &&
        node.from?.froms.some(
          (from) => TableNode.is(from) && from.table.identifier.name === table,
        ) === true;
      if (isLook) looking ??= queryId;
      return node;
    },
    async transformResult({ queryId, result }) {
      if (queryId !== looking || isOver) return result;
      isOver = true;
      await happens();
      return result;
    },
  };
  return { ...store, db: store.db.withPlugin(plugin) };
}
