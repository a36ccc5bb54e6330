import { SelectQueryNode, TableNode, type KyselyPlugin } from 'kysely';
import type { Schema } from '../../src/store/schema.ts';
import type { Store } from '../../src/store/store.ts';

/** A store on which something happens once between a look into a table, the first or a later one, and the moment when who looked hears of it. */
export function meanwhile(
  store: Store,
  table: keyof Schema,
  happens: () => Promise<unknown>,
  atLook = 1,
): Store {
  let looks = 0;
  let looking: object | undefined;
  let isOver = false;
  const plugin: KyselyPlugin = {
    transformQuery({ node, queryId }) {
      const isLook =
        SelectQueryNode.is(node) &&
        node.from?.froms.some(
          (from) => TableNode.is(from) && from.table.identifier.name === table,
        ) === true;
      if (isLook && (looks += 1) === atLook) looking = queryId;
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
