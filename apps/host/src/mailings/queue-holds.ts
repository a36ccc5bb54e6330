import type { Store } from '../store/store.ts';
import type { Tenant } from '../tenants/tenant.ts';
import { isInTheWay, lockQueue, updateQueue, type QueueTaken } from './queue-rows.ts';

/** Queues that are being cleared by hand. */
export function createQueueHolds({ db, notify }: Store, now: () => number) {
  return {
    /** Holds a queue for a clear by hand: until then no load begins in it, and no other clear. */
    async hold(tenant: Tenant, queue: string, until: number): Promise<QueueTaken | undefined> {
      return db.transaction().execute(async (transaction) => {
        const { mailing_id, clearing_until } = await lockQueue(transaction, tenant.id, queue);
        if (clearing_until > now()) return { is: 'clearing' };
        if (await isInTheWay(transaction, mailing_id, now())) return { is: 'busy', by: mailing_id };
        await updateQueue(transaction, tenant.id, queue).set({ clearing_until: until }).execute();
        return undefined;
      });
    },

    /**
     * Only the hold until then: one that has run out may be another's by now.
     *
     * @param from not at once, but at that moment
     */
    async free(tenant: Tenant, queue: string, until: number, from = 0): Promise<void> {
      await db
        .updateTable('queue_owners')
        .set({ clearing_until: from })
        .where('tenant_id', '=', tenant.id)
        .where('queue', '=', queue)
        .where('clearing_until', '=', until)
        .execute();
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
