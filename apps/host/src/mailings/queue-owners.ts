import type { Kysely, Transaction } from 'kysely';
import type { Schema } from '../store/schema.ts';
import type { Store } from '../store/store.ts';
import { updateClaimed, type ClaimKey } from './mailing-claims.ts';
import type { MailingRecord } from './mailing-store.ts';
import { createQueueHolds } from './queue-holds.ts';
import {
  findEarlier,
  findInTheWay,
  heldIn,
  inTheWay,
  isLoadedElsewhere,
  letGo,
  lockQueue,
  updateQueue,
  type QueueHeld,
  type QueuePlace,
  type QueueTaken,
} from './queue-rows.ts';

/** The result of an attempt to begin a load. `changed`: a person has changed the mailing's state meanwhile, or another host has the mailing. */
export type LoadBegin =
  | QueueTaken
  | { readonly is: 'begun' }
  | { readonly is: 'changed' }
  | { readonly is: 'replaced'; readonly by: string };

/** A mailing that comes into its queue. */
type Comer = Pick<
  MailingRecord,
  'id' | 'tenant_id' | 'queue' | 'state' | 'cleared_at' | 'created_at'
>;

/** Which mailing has which queue at the telephone system: one at a time is loaded into it. */
export type QueueOwners = ReturnType<typeof createQueueOwners>;

export function createQueueOwners(store: Store, now: () => number) {
  const { db } = store;

  return {
    ...createQueueHolds(store, now),

    /** Why a mailing must wait for its queue at this moment: a look only, which holds nothing. */
    async takenFrom(record: Comer, connection: string): Promise<QueueTaken | undefined> {
      const owner = await db
        .selectFrom('queue_owners')
        .select(['mailing_id', 'clearing_until'])
        .where('tenant_id', '=', record.tenant_id)
        .where('queue', '=', record.queue)
        .executeTakeFirst();
      if (!owner) return undefined;
      const at = now();
      if (owner.clearing_until > at) return { is: 'clearing' };
      return findAhead(db, record, { owner: owner.mailing_id, connection, at });
    },

    /**
     * Begins a load through a connection: takes the queue and sets the mailing to `loading`, both or neither. The mailing that had the queue is replaced: its
     * load cannot go on. Not so a mailing that was loaded through another connection: there, nobody has taken its queue.
     */
    async beginLoad(record: Comer, key: ClaimKey, connection: string): Promise<LoadBegin> {
      const at = now();
      return db.transaction().execute(async (transaction): Promise<LoadBegin> => {
        const owner = await lockQueue(transaction, record.tenant_id, record.queue);
        const mine = transaction
          .updateTable('mailings')
          .where('id', '=', key.mailingId)
          .where('fence', '=', key.fence)
          .where('state', '=', record.state);
        // Locks this row too: from here on nobody pauses or cancels it until the end of the transaction.
        const present = await mine
          .set({ updated_at: at })
          .returning(['replaced_at', 'in_queue_since', 'connection'])
          .executeTakeFirst();
        if (!present) return { is: 'changed' };
        if (owner.clearing_until > at) return { is: 'clearing' };
        // Somebody may have emptied the queue by hand, although no other mailing has had it since.
        if (record.cleared_at !== null && present.replaced_at !== null)
          return { is: 'replaced', by: owner.mailing_id };
        if (owner.mailing_id !== record.id) {
          // The owner of the queue may have been loaded through another connection: then this mailing is still in the queue at this one.
          const isStillThere = present.in_queue_since !== null && present.connection === connection;
          // Another mailing has had the queue since it was cleared for this one: what this one has sent is gone.
          if (record.cleared_at !== null && !isStillThere)
            return { is: 'replaced', by: owner.mailing_id };
          const place = { owner: owner.mailing_id, connection };
          const ahead = await findAhead(transaction, record, { ...place, at: now() });
          if (ahead) return ahead;
          await updateQueue(transaction, record.tenant_id, record.queue)
            .set({ mailing_id: record.id })
            .execute();
          await replaceOthers(transaction, record, { ...place, at });
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

    /**
     * The clear of a mailing's queue is confirmed: what an earlier mailing had in it at this connection is gone. To be written before the mailing's own
     * `cleared_at`, so that the next mailing is sure to clear the queue of this one.
     */
    async cleared(
      { tenant_id, queue }: Pick<MailingRecord, 'tenant_id' | 'queue'>,
      key: ClaimKey,
      connection: string,
    ): Promise<void> {
      const at = now();
      await db.transaction().execute(async (transaction) => {
        const owner = await lockQueue(transaction, tenant_id, queue);
        if (owner.mailing_id !== key.mailingId) return;
        const { numUpdatedRows } = await updateClaimed(transaction, key)
          .set({ connection, in_queue_since: at })
          .executeTakeFirst();
        if (numUpdatedRows === 0n) return;
        await letGo(transaction, tenant_id, queue, { connection, at })
          .where('id', '!=', key.mailingId)
          .execute();
      });
    },

    /**
     * A person has emptied the queue at this connection: nothing that it held is there any more. It is not cleared of that again, and no load of it can go on.
     *
     * @returns the mailings that it held
     */
    async emptied(
      tenantId: string,
      queue: string,
      connection: string,
    ): Promise<QueueHeld | { readonly is: 'emptied'; readonly mailingIds: readonly string[] }> {
      const at = now();
      return db.transaction().execute(async (transaction) => {
        const owner = await lockQueue(transaction, tenantId, queue);
        if (owner.clearing_until > at) return { is: 'clearing' };
        const place = { owner: owner.mailing_id, connection, at };
        const holder = await findInTheWay(transaction, { tenant_id: tenantId, queue }, place);
        if (holder) return holder;
        const held = await letGo(transaction, tenantId, queue, { connection, at })
          // A person may have sent one of them a command at this very moment.
          .where((row) => row.not(inTheWay(at)(row)))
          .returning('id')
          .execute();
        return { is: 'emptied', mailingIds: held.map(({ id }) => id) };
      });
    },

    /** The mailing whose contacts this queue holds at this connection, as far as is known. */
    async holderAt(
      tenantId: string,
      queue: string,
      connection: string,
    ): Promise<string | undefined> {
      const holder = await db
        .selectFrom('mailings')
        .select('id')
        .where(heldIn(tenantId, queue, connection))
        .executeTakeFirst();
      return holder?.id;
    },
  };
}

/** Marks the mailings whose load cannot go on: the one that had the queue, and the one that the queue holds at this connection. */
async function replaceOthers(
  transaction: Transaction<Schema>,
  { id, tenant_id, queue }: Pick<MailingRecord, 'id' | 'tenant_id' | 'queue'>,
  by: QueuePlace,
): Promise<void> {
  const replace = () =>
    transaction
      .updateTable('mailings')
      .set({ replaced_at: by.at })
      .where('id', '!=', id)
      .where('replaced_at', 'is', null);
  await replace()
    .where('id', '=', by.owner)
    .where((row) => row.not(isLoadedElsewhere(by.connection)(row)))
    .execute();
  await replace()
    .where(heldIn(tenant_id, queue, by.connection))
    .execute();
}

/** The mailing for which this one must wait: one that has the queue, or one that came first. */
async function findAhead(
  db: Kysely<Schema>,
  record: Comer,
  place: QueuePlace,
): Promise<QueueTaken | undefined> {
  const holder = await findInTheWay(db, record, place);
  const hasBegun = record.state !== 'waiting' || record.cleared_at !== null;
  if (holder || hasBegun) return holder;
  const earlier = await findEarlier(db, record);
  return earlier === undefined ? undefined : { is: 'busy', by: earlier, why: 'cameFirst' };
}
