import { sql, type Kysely, type Transaction } from 'kysely';
import { deleteEvents } from '../events/delete-events.ts';
import { forsaken } from '../mailings/mailing-state.ts';
import { deleteInPieces } from '../store/delete-in-pieces.ts';
import { deleteOlder } from '../store/delete-older.ts';
import type { Schema } from '../store/schema.ts';
import type { Store } from '../store/store.ts';
import { waitForOthers } from './tenant-lock.ts';

const tablesOfATenant = [
  'exchanges',
  'webhook_deliveries',
  'events',
  'event_keys',
  'event_counters',
  'vendor_statuses',
  'queue_owners',
  'api_keys',
  'secrets',
  'tenant_keys',
  'tenant_versions',
] as const;

/**
 * Tables into which requests may still write that were under way, on any host, when their company was deleted. Their rows are sealed with a key that is
 * gone: a new company with the same id could not list its own rows beside them.
 */
const tablesOfLateRequests = [
  'calls',
  'events',
  'event_keys',
  'event_counters',
  'webhook_deliveries',
  'vendor_statuses',
  'do_not_call',
  'idempotency_keys',
] as const satisfies readonly (keyof Schema)[];

/** No company has this id. */
const nobody = '';

const dayMs = 86_400_000;
/** No time is later. */
const ever = Number.MAX_SAFE_INTEGER;

/**
 * Deletes, in pieces, what a company may have millions of and no rule asks for. In the transaction that deletes the company it would hold up everybody else, or
 * never end.
 */
async function removeRecords(db: Kysely<Schema>, tenantId: string, at: number): Promise<void> {
  await deleteOlder(db, { table: 'exchanges', key: 'id', tenantId }, ever);
  await deleteOlder(db, { table: 'calls', key: 'id', tenantId }, at - 2 * dayMs);
  await deleteEvents(db, ever, { deletedTenant: tenantId });
}

/**
 * Deletes what must hold until the company has ended, and of which it may have millions as well: whom it called and must not call, and which requests
 * must not be done twice. Where a new company has taken the id meanwhile, nothing is deleted: it has taken away the rows of the former one, and what is
 * there now is its own.
 */
async function removeLast(db: Kysely<Schema>, tenantId: string): Promise<void> {
  const only = sql<boolean>`not exists (select 1 from tenants where id = ${tenantId})`;
  await deleteOlder(db, { table: 'calls', key: 'id', tenantId, only }, ever);
  const of = sql`tenant_id = ${tenantId}`;
  await deleteInPieces(db, { table: 'do_not_call', key: 'number_hash', of, only });
  await deleteInPieces(db, { table: 'idempotency_keys', key: 'key', of, only });
}

/** With a million contacts and results they are too many for one transaction. Nobody works on them from here on, and housekeeping takes them away. */
async function endMailings(transaction: Transaction<Schema>, tenantId: string): Promise<void> {
  await transaction
    .updateTable('mailings')
    .set(forsaken)
    .where('tenant_id', '=', tenantId)
    .execute();
}

/**
 * Before a company is made. What is stored under its id belongs to a former company, except for secrets and keys, which the new one may have been given
 * already.
 */
export async function removeFormer(
  transaction: Transaction<Schema>,
  tenantId: string,
  at: number,
): Promise<void> {
  for (const table of tablesOfLateRequests) {
    await transaction.deleteFrom(table).where('tenant_id', '=', tenantId).execute();
  }
  await endMailings(transaction, tenantId);
  // Its credentials were tried before it was made: what is younger than its key is its own.
  const key = await transaction
    .selectFrom('tenant_keys')
    .select('created_at')
    .where('tenant_id', '=', tenantId)
    .executeTakeFirst();
  await transaction
    .deleteFrom('exchanges')
    .where('tenant_id', '=', tenantId)
    .where('created_at', '<', key?.created_at ?? at)
    .execute();
}

/** Deletes a company with all that belongs to it; its data key goes too, so that nothing that is left behind can be read. @returns whether there was one */
export async function removeTenant(store: Store, tenantId: string, at: number): Promise<boolean> {
  await removeRecords(store.db, tenantId, at);
  const removed = await store.change('tenants', '*', async (transaction) => {
    await waitForOthers(store, transaction, tenantId);
    await endMailings(transaction, tenantId);
    await transaction
      .updateTable('mailing_results')
      .set({ tenant_id: nobody, fetch_id: null, next_at: null })
      .where('tenant_id', '=', tenantId)
      .execute();
    for (const table of tablesOfATenant) {
      await transaction.deleteFrom(table).where('tenant_id', '=', tenantId).execute();
    }
    return transaction.deleteFrom('tenants').where('id', '=', tenantId).executeTakeFirst();
  });
  await removeLast(store.db, tenantId);
  return removed.numDeletedRows > 0n;
}
