import type { ExpressionBuilder, Kysely, Transaction } from 'kysely';
import type { MailingTable, Schema } from '../store/schema.ts';
import { holdsQueue } from './mailing-state.ts';

/** A mailing that must not be disturbed in its queue. `ends`: it loads no more, but a host still holds it, and may have requests under way. */
export interface QueueHolder {
  readonly is: 'busy';
  readonly by: string;
  readonly why: 'loads' | 'ends';
}

/** Why nobody may touch a queue now: a mailing is on its way into it, or it is being cleared by hand. */
export type QueueHeld = QueueHolder | { readonly is: 'clearing' };

/** Why a mailing cannot have its queue now: the queue is held, or another mailing waits for it and came before. */
export type QueueTaken =
  | QueueHeld
  | { readonly is: 'busy'; readonly by: string; readonly why: 'cameFirst' };

/** Stands in the row of a queue that no mailing has had. */
const nobody = '';

/** A mailing that was told to wait for its queue. */
export const isToldToWait = (row: ExpressionBuilder<Schema, 'mailings'>) =>
  row('error', 'like', '{"code":"queue_busy"%');

/** Locks the row of a queue until the end of the transaction: of two transactions at once, the second sees what the first has done. */
export async function lockQueue(transaction: Transaction<Schema>, tenantId: string, queue: string) {
  await transaction
    .insertInto('queue_owners')
    .values({ tenant_id: tenantId, queue, mailing_id: nobody })
    .onConflict((conflict) => conflict.columns(['tenant_id', 'queue']).doNothing())
    .execute();
  return transaction
    .updateTable('queue_owners')
    .set((column) => ({ mailing_id: column.ref('mailing_id') }))
    .where('tenant_id', '=', tenantId)
    .where('queue', '=', queue)
    .returning(['mailing_id', 'clearing_until'])
    .executeTakeFirstOrThrow();
}

/** To change the row of a queue that is locked. */
export const updateQueue = (transaction: Transaction<Schema>, tenantId: string, queue: string) =>
  transaction
    .updateTable('queue_owners')
    .where('tenant_id', '=', tenantId)
    .where('queue', '=', queue);

/**
 * The mailings whose contacts a queue holds at a connection. A mailing without a connection was loaded by a version that did not record it, and may be at any.
 */
export const heldIn =
  (tenantId: string, queue: string, connection: string) =>
  (row: ExpressionBuilder<Schema, 'mailings'>) =>
    row.and([
      row('tenant_id', '=', tenantId),
      row('queue', '=', queue),
      row('in_queue_since', 'is not', null),
      row.or([row('connection', '=', connection), row('connection', 'is', null)]),
    ]);

/** To let go of the mailings whose contacts a queue held at a connection: the contacts are gone, and no load of these mailings can go on. */
export const letGo = (
  transaction: Transaction<Schema>,
  tenantId: string,
  queue: string,
  { connection, at }: { readonly connection: string; readonly at: number },
) =>
  transaction
    .updateTable('mailings')
    .set({ in_queue_since: null, replaced_at: at })
    .where(heldIn(tenantId, queue, connection));

/** Mailings whose contacts are at another connection than this one. */
export const isLoadedElsewhere =
  (connection: string) => (row: ExpressionBuilder<Schema, 'mailings'>) =>
    row.and([
      row('in_queue_since', 'is not', null),
      row('connection', 'is not', null),
      row('connection', '!=', connection),
    ]);

/** Mailings that must not be disturbed in their queue. */
export const inTheWay = (at: number) => (row: ExpressionBuilder<Schema, 'mailings'>) =>
  row.or([
    row('state', 'in', holdsQueue),
    row.and([row('state', '=', 'waiting'), row('cleared_at', 'is not', null)]),
    // A cancelled or deactivated mailing may still have requests under way as long as a host holds it.
    row('lease_until', '>', at),
  ]);

/** Whether a mailing must not be disturbed in its queue. */
export async function isInTheWay(
  db: Kysely<Schema>,
  mailingId: string,
  at: number,
): Promise<boolean> {
  const mailing = await db
    .selectFrom('mailings')
    .select('id')
    .where('id', '=', mailingId)
    .where(inTheWay(at))
    .executeTakeFirst();
  return mailing !== undefined;
}

/** A queue at a connection, as found at a moment. */
export interface QueuePlace {
  /** The mailing that had the queue last. */
  readonly owner: string;
  readonly connection: string;
  readonly at: number;
}

/**
 * Which mailing must not be disturbed by another one that comes into its queue through this connection: the owner of the queue, or the mailing that the queue
 * holds here, which had it before the owner was loaded elsewhere.
 */
export async function findInTheWay(
  db: Kysely<Schema>,
  {
    id = nobody,
    tenant_id,
    queue,
  }: Pick<MailingTable, 'tenant_id' | 'queue'> & Partial<Pick<MailingTable, 'id'>>,
  { owner, connection, at }: QueuePlace,
): Promise<QueueHolder | undefined> {
  // A mailing that waits to go on elsewhere is not in the way: it and the mailing that this queue holds would wait for each other.
  const waitsElsewhere = (row: ExpressionBuilder<Schema, 'mailings'>) =>
    row.and([
      row('state', '=', 'waiting'),
      row('lease_until', '<=', at),
      isLoadedElsewhere(connection)(row),
    ]);
  const inTheWayHere = await db
    .selectFrom('mailings')
    .select(['id', 'state'])
    .where('id', '!=', id)
    .where((row) => row.or([row('id', '=', owner), heldIn(tenant_id, queue, connection)(row)]))
    .where(inTheWay(at))
    .where((row) => row.not(waitsElsewhere(row)))
    .executeTakeFirst();
  if (!inTheWayHere) return undefined;
  const isToLoad = [...holdsQueue, 'waiting'].includes(inTheWayHere.state);
  return { is: 'busy', by: inTheWayHere.id, why: isToLoad ? 'loads' : 'ends' };
}

/**
 * The mailing that came before this one, and waits for the same queue. It may not have been woken yet when the queue is left: if this one overtook it, it would
 * replace this one. One whose lease has run out, as after a fault, holds nobody up.
 */
export async function findEarlier(
  db: Kysely<Schema>,
  { tenant_id, queue, created_at }: Pick<MailingTable, 'tenant_id' | 'queue' | 'created_at'>,
): Promise<string | undefined> {
  const earlier = await db
    .selectFrom('mailings')
    .select('id')
    .where('state', '=', 'waiting')
    .where('tenant_id', '=', tenant_id)
    .where('queue', '=', queue)
    .where('cleared_at', 'is', null)
    .where('created_at', '<', created_at)
    .where('lease_until', '=', 0)
    .where(isToldToWait)
    .limit(1)
    .executeTakeFirst();
  return earlier?.id;
}
