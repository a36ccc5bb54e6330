import {
  DeleteQueryNode,
  InsertQueryNode,
  RawNode,
  type KyselyPlugin,
  type RootOperationNode,
} from 'kysely';
import type { Store } from '../../src/store/store.ts';

type Write = 'delete' | 'insert';

const isWrite = (node: RootOperationNode, kind: Write): boolean =>
  (kind === 'delete' ? DeleteQueryNode : InsertQueryNode).is(node) ||
  (RawNode.is(node) && node.sqlFragments[0]?.startsWith(kind) === true);

/** Tells how many rows the largest delete has taken away at once, or the largest insert has put in. */
export function noteLargest(
  store: Store,
  kind: Write,
): {
  readonly noted: Store;
  readonly largest: () => number;
} {
  const writes = new WeakSet<object>();
  let largest = 0;
  const noting: KyselyPlugin = {
    transformQuery({ node, queryId }) {
      if (isWrite(node, kind)) writes.add(queryId);
      return node;
    },
    async transformResult({ result, queryId }) {
      if (writes.has(queryId)) largest = Math.max(largest, Number(result.numAffectedRows ?? 0n));
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
