import { sql, type Kysely } from 'kysely';
import { deleteOlderInOrder } from '../store/delete-older.ts';
import { webhookTypes, type Schema } from '../store/schema.ts';

export interface EventScope {
  /**
   * A company that is being deleted: only its events are deleted, with their webhooks even if still due. Without it, the old events of all companies are
   * deleted, and due webhooks stay.
   */
  readonly deletedTenant?: string;
  /** Ends the deletion early. */
  readonly signal?: AbortSignal;
}

/**
 * Deletes older events, the keys by which repeats are recognised, and their webhooks, in chunks.
 *
 * @returns how many events were deleted
 */
export async function deleteEvents(
  db: Kysely<Schema>,
  olderThan: number,
  { deletedTenant, signal }: EventScope,
): Promise<number> {
  const whose = {
    ...(deletedTenant !== undefined && { tenantId: deletedTenant }),
    ...(signal && { signal }),
  };
  await deleteOlderInOrder(
    db,
    { table: 'event_keys', key: 'key', time: 'created_at', ...whose },
    olderThan,
  );
  for (const type of webhookTypes) {
    const ofType = sql<boolean>`type = ${type}`;
    const only =
      deletedTenant === undefined ? sql<boolean>`${ofType} and state != 'pending'` : ofType;
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
