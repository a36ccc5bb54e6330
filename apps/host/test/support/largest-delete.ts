import { DeleteQueryNode, RawNode, type KyselyPlugin } from 'kysely';
import type { Store } from '../../src/store/store.ts';

/** Tells how many rows the largest delete has taken away at once. */
export function noteLargestDelete(store: Store): {
  readonly noted: Store;
  readonly largest: () => number;
} {
  const deletes = new WeakSet<object>();
  let largest = 0;
  const noting: KyselyPlugin = {
    transformQuery({ node, queryId }) {
      const isDelete =
        DeleteQueryNode.is(node) ||
        (RawNode.is(node) && node.sqlFragments[0]?.startsWith('delete') === true);
      if (isDelete) deletes.add(queryId);
      return node;
    },
    async transformResult({ result, queryId }) {
      if (deletes.has(queryId)) largest = Math.max(largest, Number(result.numAffectedRows ?? 0n));
      return result;
    },
  };
  return {
    noted: {
      ...store,
      db: store.db.withPlugin(noting),
      change: (channel, payload, work) =>
        store.change(channel, payload, (transaction) => work(transaction.withPlugin(noting))),
    },
    largest: () => largest,
  };
}
