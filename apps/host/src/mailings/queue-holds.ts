import type { Store } from '../store/store.ts';
import type { Tenant } from '../tenants/tenant.ts';
import { findInTheWay, letGo, lockQueue, updateQueue, type QueueHeld } from './queue-rows.ts';

/** What a clear by hand leaves behind. */
export interface HoldEnd {
  /** When the queue becomes free; at once, if left out. */
  readonly from?: number;
  /** The connection whose clear is confirmed: nothing is left of what the queue held there. */
  readonly clearedAt?: string;
}

/** Queues that are being cleared by hand. */
export function createQueueHolds({ db, notify }: Store, now: () => number) {
  return {
    /**
     * Holds a queue for a clear by hand: until then no load begins in it, and no other clear.
     *
     * @param connections what they have loaded may be gone then
     */
    async hold(
      tenant: Tenant,
      queue: string,
      connections: ReadonlySet<string>,
      until: number,
    ): Promise<QueueHeld | undefined> {
      return db.transaction().execute(async (transaction) => {
        const { mailing_id, clearing_until } = await lockQueue(transaction, tenant.id, queue);
        const at = now();
        if (clearing_until > at) return { is: 'clearing' };
        for (const connection of connections) {
          const place = { owner: mailing_id, connection, at };
          const holder = await findInTheWay(transaction, { tenant_id: tenant.id, queue }, place);
          if (holder) return holder;
        }
        await updateQueue(transaction, tenant.id, queue).set({ clearing_until: until }).execute();
        return undefined;
      });
    },

    /**
     * Ends the hold that lasts until `until`, and no other: a hold that has run out may be another one's by now.
     */
    async free(
      tenant: Tenant,
      queue: string,
      until: number,
      { from = 0, clearedAt }: HoldEnd = {},
    ): Promise<void> {
      await db.transaction().execute(async (transaction) => {
        const { numUpdatedRows } = await updateQueue(transaction, tenant.id, queue)
          .set({ clearing_until: from })
          .where('clearing_until', '=', until)
          .executeTakeFirst();
        if (numUpdatedRows === 0n || clearedAt === undefined) return;
        await letGo(transaction, tenant.id, queue, { connection: clearedAt, at: now() }).execute();
      });
      await notify('mailings', '*');
    },

    /** On a database that only this host uses, nobody clears a queue any more when it starts. */
    async freeAll(): Promise<void> {
      await db
        .updateTable('queue_owners')
        .set({ clearing_until: 0 })
        .where('clearing_until', '>', 0)
        .execute();
    },
  };
}
