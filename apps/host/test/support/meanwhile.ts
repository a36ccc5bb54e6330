import {
  DeleteQueryNode,
  InsertQueryNode,
  SelectQueryNode,
  TableNode,
  type KyselyPlugin,
  type RootOperationNode,
} from 'kysely';
import type { Schema } from '../../src/store/schema.ts';
import type { Store } from '../../src/store/store.ts';

/** A store on which something happens once between a look into a table, the first or a later one, and the moment when who looked hears of it. */
export const meanwhile = (
  store: Store,
  table: keyof Schema,
  happens: () => Promise<unknown>,
  atLook = 1,
): Store =>
  between(
    store,
    (node) =>
      SelectQueryNode.is(node) &&
      node.from?.froms.some(
        (from) => TableNode.is(from) && from.table.identifier.name === table,
      ) === true,
    happens,
    atLook,
  );

/** The same between the first row that is put into a table and the moment when who did so hears of it. */
export const onceWritten = (
  store: Store,
  table: keyof Schema,
  happens: () => Promise<unknown>,
): Store =>
  between(
    store,
    (node) => InsertQueryNode.is(node) && node.into?.table.identifier.name === table,
    happens,
    1,
  );

/** The same between the first row that is taken out of a table and the moment when who did so hears of it. */
export const onceDeleted = (
  store: Store,
  table: keyof Schema,
  happens: () => Promise<unknown>,
): Store =>
  between(
    store,
    (node) =>
      DeleteQueryNode.is(node) &&
      node.from.froms.some((from) => TableNode.is(from) && from.table.identifier.name === table),
    happens,
    1,
  );

function between(
  store: Store,
  isMeant: (node: RootOperationNode) => boolean,
  happens: () => Promise<unknown>,
  which: number,
): Store {
  let count = 0;
  let meant: object | undefined;
  let isOver = false;
  const plugin: KyselyPlugin = {
    transformQuery({ node, queryId }) {
      if (isMeant(node) && (count += 1) === which) meant = queryId;
      return node;
    },
    async transformResult({ queryId, result }) {
      if (queryId !== meant || isOver) return result;
      isOver = true;
      await happens();
      return result;
    },
  };
  return { ...store, db: store.db.withPlugin(plugin) };
}
