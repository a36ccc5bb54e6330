import { createBatch } from '../store/batch.ts';
import { insist } from '../store/insist.ts';
import type { IdempotencyTable } from '../store/schema.ts';
import type { Store } from '../store/store.ts';

/** Keys that this host has tried to store without hearing whether they are stored. Nothing was done under them. */
export interface UnheardKeys {
  /** Resolves once the key is free, and stays so; while the store is away it waits. */
  readonly free: (row: IdempotencyTable) => Promise<void>;
}

export function createUnheardKeys({ db }: Pick<Store, 'db'>): UnheardKeys {
  // While the store is away, each request with a key adds one: they are freed together.
  const batch = createBatch<IdempotencyTable, void>({
    limit: 200,
    async flush(rows) {
      // In one transaction: if this host ended after the insert alone, the keys would stay.
      await db.transaction().execute(async (transaction) => {
        // Waits for a server that is still storing them: deleted before that, they would be there afterwards.
        await transaction
          .insertInto('idempotency_keys')
          .values([...rows])
          .onConflict((conflict) => conflict.columns(['tenant_id', 'key']).doNothing())
          .execute();
        await transaction
          .deleteFrom('idempotency_keys')
          .where((stored) =>
            stored.or(
              rows.map(({ tenant_id, key, host_id, created_at }) =>
                stored.and({ tenant_id, key, host_id, created_at }),
              ),
            ),
          )
          .execute();
      });
      return rows.map(() => undefined);
    },
  });
  return { free: (row) => insist(() => batch.add(row)) };
}
