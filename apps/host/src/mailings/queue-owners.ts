import type { Kysely, Transaction } from 'kysely';
import type { Schema } from '../store/schema.ts';
import type { Store } from '../store/store.ts';
import type { Tenant } from '../tenants/tenant.ts';
import type { ClaimKey } from './mailing-claims.ts';
import { holdsQueue } from './mailing-state.ts';
import type { MailingRecord } from './mailing-store.ts';

/** Why a queue cannot be had now: a mailing is on its way into it, or it is being cleared by hand. */
export type QueueTaken = { readonly is: 'busy'; readonly by: string } | { readonly is: 'clearing' };

/** What came of the wish to load into a queue. `changed`: a person has spoken meanwhile, or another host has the mailing. */
export type LoadBegin =
  | QueueTaken
  | { readonly is: 'begun' }
  | { readonly is: 'changed' }
  | { readonly is: 'replaced'; readonly by: string };

/** Which mailing has which queue at the telephone system: one at a time is loaded into it. */
export type QueueOwners = ReturnType<typeof createQueueOwners>;

/** Stands in the row of a queue that no mailing has had. */
const nobody = '';

export function createQueueOwners({ db, notify }: Store, now: () => number) {
  /** Locks the row of a queue until the end of the transaction: of two that come at once, one sees what the other has done. */
  async function lock(transaction: Transaction<Schema>, tenantId: string, queue: string) {
    await transaction
      .insertInto('queue_owners')
      .values({ tenant_id: tenantId, queue, mailing_id: nobody, holder_id: null })
      .onConflict((conflict) => conflict.columns(['tenant_id', 'queue']).doNothing())
      .execute();
    return transaction
      .updateTable('queue_owners')
      .set((column) => ({ mailing_id: column.ref('mailing_id') }))
      .where('tenant_id', '=', tenantId)
      .where('queue', '=', queue)
      .returning(['mailing_id', 'holder_id', 'clearing_until'])
      .executeTakeFirstOrThrow();
  }

  const setOf = (transaction: Transaction<Schema>, tenantId: string, queue: string) =>
    transaction
      .updateTable('queue_owners')
      .where('tenant_id', '=', tenantId)
      .where('queue', '=', queue);

  /** Whether a mailing must not be disturbed in its queue. */
  async function inTheWay(transaction: Kysely<Schema>, mailingId: string): Promise<boolean> {
    const mailing = await transaction
      .selectFrom('mailings')
      .select(['state', 'cleared_at', 'lease_until'])
      .where('id', '=', mailingId)
      .executeTakeFirst();
    if (!mailing) return false;
    const { state, cleared_at, lease_until } = mailing;
    // One that was cancelled or deactivated may still have requests under way as long as a host has it.
    return (
      holdsQueue.includes(state) ||
      (state === 'waiting' && cleared_at !== null) ||
      lease_until > now()
    );
  }

  return {
    /** Why a mailing must wait for its queue at this moment: a look only, which holds nothing. */
    async takenFrom({
      id,
      tenant_id,
      queue,
    }: Pick<MailingRecord, 'id' | 'tenant_id' | 'queue'>): Promise<QueueTaken | undefined> {
      const owner = await db
        .selectFrom('queue_owners')
        .select(['mailing_id', 'clearing_until'])
        .where('tenant_id', '=', tenant_id)
        .where('queue', '=', queue)
        .executeTakeFirst();
      if (!owner) return undefined;
      if (owner.clearing_until > now()) return { is: 'clearing' };
      const isBusy = owner.mailing_id !== id && (await inTheWay(db, owner.mailing_id));
      return isBusy ? { is: 'busy', by: owner.mailing_id } : undefined;
    },

    /**
     * Begins a load: takes the queue and sets the mailing to `loading`, both or neither. The mailing that had the queue is replaced: it cannot be loaded
     * on.
     */
    async beginLoad(
      record: Pick<MailingRecord, 'id' | 'tenant_id' | 'queue' | 'state' | 'cleared_at'>,
      key: ClaimKey,
    ): Promise<LoadBegin> {
      const at = now();
      return db.transaction().execute(async (transaction): Promise<LoadBegin> => {
        const owner = await lock(transaction, record.tenant_id, record.queue);
        const mine = transaction
          .updateTable('mailings')
          .where('id', '=', key.mailingId)
          .where('fence', '=', key.fence)
          .where('state', '=', record.state);
        // Locks this row too: from here on nobody pauses or cancels it until the end of the transaction.
        const { numUpdatedRows } = await mine.set({ updated_at: at }).executeTakeFirst();
        if (numUpdatedRows === 0n) return { is: 'changed' };
        if (owner.clearing_until > at) return { is: 'clearing' };
        if (owner.mailing_id !== record.id) {
          // Another one has had the queue since this one was cleared: what it has sent is gone.
          if (record.cleared_at !== null) return { is: 'replaced', by: owner.mailing_id };
          if (await inTheWay(transaction, owner.mailing_id)) {
            return { is: 'busy', by: owner.mailing_id };
          }
          await setOf(transaction, record.tenant_id, record.queue)
            .set({ mailing_id: record.id })
            .execute();
          await transaction
            .updateTable('mailings')
            .set({ replaced_at: at })
            .where('id', '=', owner.mailing_id)
            .where('replaced_at', 'is', null)
            .execute();
        }
        await mine
          .set({
            state: 'loading',
            error: null,
            ...(record.cleared_at === null && { replaced_at: null }),
          })
          .execute();
        return { is: 'begun' };
      });
    },

    /** Holds a queue for a clear by hand: until then no load begins in it, and no other clear. */
    async hold(tenant: Tenant, queue: string, until: number): Promise<QueueTaken | undefined> {
      return db.transaction().execute(async (transaction) => {
        const { mailing_id, clearing_until } = await lock(transaction, tenant.id, queue);
        if (clearing_until > now()) return { is: 'clearing' };
        if (await inTheWay(transaction, mailing_id)) return { is: 'busy', by: mailing_id };
        await setOf(transaction, tenant.id, queue).set({ clearing_until: until }).execute();
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

    /**
     * The clear of a mailing's queue is confirmed: what an earlier one had in it is gone from now on. To be written down before the mailing knows of its
     * clear: whoever takes the queue after it must clear it of this one.
     */
    async cleared({
      id,
      tenant_id,
      queue,
    }: Pick<MailingRecord, 'id' | 'tenant_id' | 'queue'>): Promise<void> {
      await db.transaction().execute(async (transaction) => {
        const { mailing_id, holder_id } = await lock(transaction, tenant_id, queue);
        if (mailing_id !== id || holder_id === id) return;
        await setOf(transaction, tenant_id, queue).set({ holder_id: id }).execute();
        if (holder_id === null) return;
        await transaction
          .updateTable('mailings')
          .set({ replaced_at: now() })
          .where('id', '=', holder_id)
          .execute();
      });
    },

    /** The mailing whose contacts this queue holds, as far as is known. */
    async holderOf(tenantId: string, queue: string): Promise<string | undefined> {
      const owner = await db
        .selectFrom('queue_owners')
        .select('holder_id')
        .where('tenant_id', '=', tenantId)
        .where('queue', '=', queue)
        .executeTakeFirst();
      return owner?.holder_id ?? undefined;
    },
  };
}
