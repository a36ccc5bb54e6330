import { sql, type Kysely, type Transaction } from 'kysely';
import { deleteEvents } from '../events/delete-events.ts';
import { forsaken } from '../mailings/mailing-state.ts';
import { deleteInChunks } from '../store/delete-in-chunks.ts';
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
  'api_keys',
  'secrets',
  'tenant_keys',
  'tenant_versions',
] as const;

/**
 * Tables that requests in progress on any host may still write to after their company was deleted. Their rows are sealed with a key that is
 * gone: a new company with the same id could not list its own rows among them.
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
/** Later than any time. */
const ever = Number.MAX_SAFE_INTEGER;

/**
 * Deletes, in chunks, what a company may have millions of and no rule needs. In the transaction that deletes the company it would block everybody else, or
 * never end.
 */
async function removeRecords(db: Kysely<Schema>, tenantId: string, at: number): Promise<void> {
  await deleteOlder(db, { table: 'exchanges', key: 'id', tenantId }, ever);
  await deleteOlder(db, { table: 'calls', key: 'id', tenantId }, at - 2 * dayMs);
  await deleteEvents(db, ever, { deletedTenant: tenantId });
}

/**
 * Deletes what must stay in force until the company has ended, and may also number millions: whom it called and must not call, and which requests
 * must not be repeated. If a new company has taken the id in the meantime, nothing is deleted: it has removed the rows of the former one, and what is
 * there now is its own.
 */
async function removeLast(db: Kysely<Schema>, tenantId: string): Promise<void> {
  const only = sql<boolean>`not exists (select 1 from tenants where id = ${tenantId})`;
  await deleteOlder(db, { table: 'calls', key: 'id', tenantId, only }, ever);
  const of = sql`tenant_id = ${tenantId}`;
  await deleteInChunks(db, { table: 'do_not_call', key: 'number_hash', of, only });
  await deleteInChunks(db, { table: 'idempotency_keys', key: 'key', of, only });
}

/** Mailings with a million contacts and results are too much for one transaction. From here on nobody works on them, and housekeeping removes them. */
async function endMailings(transaction: Transaction<Schema>, tenantId: string): Promise<void> {
  await transaction
    .updateTable('mailings')
    .set(forsaken)
    .where('tenant_id', '=', tenantId)
    .execute();
}

/**
 * Runs before a company is created. What is stored under its id belongs to a former company, except for secrets and keys, which the new one may already have
 * been given.
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
  // The new company's credentials were tried before it was created: exchanges younger than its key are its own.
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

/** Deletes a company with everything that belongs to it, including its data key, so that leftovers cannot be read. @returns whether there was one */
export async function removeTenant(store: Store, tenantId: string, at: number): Promise<boolean> {
  await removeRecords(store.db, tenantId, at);
  const removed = await store.change('tenants', '*', async (transaction) => {
    await waitForOthers(store, transaction, tenantId);
    // Before the mailings, the order in which a load locks them: otherwise a load and this deletion could wait for each other, and one of them would fail.
    await transaction.deleteFrom('queue_owners').where('tenant_id', '=', tenantId).execute();
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
