import type { ExpressionBuilder } from 'kysely';
import type { Schema } from '../store/schema.ts';
import type { Store } from '../store/store.ts';
import { untilFetched } from './mailing-state.ts';
import { inTheWay, isInTheWay, isToldToWait } from './queue-rows.ts';

const waitsForQueue = (row: ExpressionBuilder<Schema, 'mailings'>) =>
  row.and([
    row('state', 'in', ['waiting', 'deactivating']),
    // A mailing that waits for its results may still have this error. `held_until` is not compared with the clock, which may have been set back.
    row('held_until', '!=', untilFetched),
    isToldToWait(row),
  ]);

/** Wakes a mailing that waits for a queue when the queue is free. */
export function createQueueWakes({ db }: Store, now: () => number) {
  /** Each mailing with the owner of its queue. */
  const besideQueue = () =>
    db
      .selectFrom('mailings')
      .innerJoin('queue_owners', (join) =>
        join
          .onRef('queue_owners.tenant_id', '=', 'mailings.tenant_id')
          .onRef('queue_owners.queue', '=', 'mailings.queue'),
      );

  /** A mailing that has left a queue, or has not taken it, wakes the next one waiting for it. Only one: it takes the queue, or does the same. */
  async function wakeNext(mailingId: string): Promise<void> {
    const owned = await besideQueue()
      .select(['queue_owners.tenant_id', 'queue_owners.queue', 'queue_owners.mailing_id'])
      .where('mailings.id', '=', mailingId)
      .executeTakeFirst();
    if (!owned || (await isInTheWay(db, owned.mailing_id, now()))) return;
    await wakeFirst(owned.tenant_id, owned.queue);
  }

  async function wakeFirst(tenantId: string, queue: string): Promise<void> {
    const first = await db
      .selectFrom('mailings')
      .select(['id', 'held_until'])
      .where('tenant_id', '=', tenantId)
      .where('queue', '=', queue)
      .where(waitsForQueue)
      .orderBy('created_at')
      .limit(1)
      .executeTakeFirst();
    // Woken already, and about to look.
    if (!first || first.held_until === 0) return;
    await db
      .updateTable('mailings')
      .set({ held_until: 0 })
      .where('id', '=', first.id)
      // If it has looked since, it waits for something else, or looks again by itself.
      .where('held_until', '=', first.held_until)
      .execute();
  }

  /** For queues that were left without waking anybody: the host died first, or the store was away at that moment. */
  async function wakeForgotten(): Promise<void> {
    const at = now();
    const left = await besideQueue()
      .select(['mailings.tenant_id', 'mailings.queue'])
      .distinct()
      .where(waitsForQueue)
      .where((row) =>
        row.not(
          row.exists(
            row
              .selectFrom('mailings')
              .select('id')
              .whereRef('mailings.id', '=', 'queue_owners.mailing_id')
              .where(inTheWay(at)),
          ),
        ),
      )
      .execute();
    for (const { tenant_id, queue } of left) await wakeFirst(tenant_id, queue);
  }

  return { wakeNext, wakeForgotten };
}
