import { sql, type Kysely } from 'kysely';
import { deleteOlderInOrder } from '../store/delete-older.ts';
import { webhookTypes, type Schema } from '../store/schema.ts';

/**
 * Deletes older events, what knows their repeats, and their webhooks, in pieces.
 *
 * @param scope `ending`: of this company alone, and with the webhooks that are still due; else of all, and those stay. `signal`: ends it before its end.
 * @returns of how many events
 */
export async function deleteEvents(
  db: Kysely<Schema>,
  olderThan: number,
  { ending, signal }: { readonly ending?: string; readonly signal?: AbortSignal },
): Promise<number> {
  const whose = { ...(ending !== undefined && { tenantId: ending }), ...(signal && { signal }) };
  await deleteOlderInOrder(
    db,
    { table: 'event_keys', key: 'key', time: 'created_at', ...whose },
    olderThan,
  );
  for (const type of webhookTypes) {
    const ofType = sql<boolean>`type = ${type}`;
    const only = ending === undefined ? sql<boolean>`${ofType} and state != 'pending'` : ofType;
    await deleteOlderInOrder(
      db,
      { table: 'webhook_deliveries', key: 'subject', time: 'next_at', only, ...whose },
      olderThan,
    );
  }
  return deleteOlderInOrder(
    db,
    { table: 'events', key: 'seq', time: 'created_at', isByTime: true, ...whose },
    olderThan,
  );
}
