import { sql, type Kysely } from 'kysely';
import type { CallTable, Schema } from '../store/schema.ts';
import type { Tenant } from '../tenants/tenant.ts';
import { longestCallMs } from './call-record.ts';

/** A call whose id, extension and number the vendor has reported, in an answered event or among the results. */
export interface SeenCall {
  readonly callId: string;
  readonly extension: string;
  readonly at: number;
  /** How far the clock that `at` was read from may be behind that of the host. */
  readonly mostBehindMs: number;
  /** Only computed if there are calls without an id. */
  readonly numberHash: () => string;
}

/** How long after its start a call may be seen: the time until somebody answers, and the difference between both clocks. */
export const windowMs = 10 * 60_000;
/** How many calls without an id are looked at together. */
const mostUnbound = 5000;

type Unbound = Pick<CallTable, 'id' | 'extension' | 'number_hash' | 'created_at'>;

/**
 * Gives the id of each seen call to the call without an id that has the same extension and number and is nearest in time.
 *
 * @returns how many calls got an id
 */
export async function bindSeenCalls(
  db: Kysely<Schema>,
  tenant: Tenant,
  seen: readonly SeenCall[],
): Promise<number> {
  if (seen.length === 0) return 0;
  const unbound = await unboundNear(db, tenant, seen);
  if (unbound.length === 0) return 0;
  let bound = 0;
  for (const call of seen) {
    const nearest = nearestTo(call, unbound);
    if (!nearest || (await isAnother(db, tenant, call.callId, nearest.created_at))) continue;
    const { numUpdatedRows } = await db
      .updateTable('calls')
      .set({ call_id: call.callId, state: 'accepted', error_code: null })
      .where('id', '=', nearest.id)
      .where('call_id', 'is', null)
      .executeTakeFirst();
    bound += Number(numUpdatedRows);
    unbound.splice(unbound.indexOf(nearest), 1);
  }
  return bound;
}

/** The calls without an id that were placed near the times of the seen ones. */
async function unboundNear(
  db: Kysely<Schema>,
  tenant: Tenant,
  seen: readonly SeenCall[],
): Promise<Unbound[]> {
  const times = seen.map(({ at }) => at);
  return (
    db
      .selectFrom('calls')
      .select(['id', 'extension', 'number_hash', 'created_at'])
      .where('tenant_id', '=', tenant.id)
      .where('call_id', 'is', null)
      // Exactly the condition of the partial index, so that it is used.
      .where(sql<boolean>`state in ('accepted', 'in_doubt')`)
      .where('feature', '=', 'click2call')
      .where('created_at', '>=', times.reduce((a, b) => Math.min(a, b)) - windowMs)
      .where('created_at', '<=', times.reduce((a, b) => Math.max(a, b)) + windowMs)
      .orderBy('created_at')
      .limit(mostUnbound)
      .execute()
  );
}

function nearestTo(call: SeenCall, unbound: readonly Unbound[]): Unbound | undefined {
  const [nearest] = unbound
    .filter(
      ({ extension, number_hash, created_at }) =>
        extension === call.extension &&
        number_hash === call.numberHash() &&
        call.at - created_at <= windowMs &&
        // A call that was seen before this one was placed is an earlier one to the same number.
        created_at - call.at <= call.mostBehindMs,
    )
    .toSorted((a, b) => Math.abs(a.created_at - call.at) - Math.abs(b.created_at - call.at));
  return nearest;
}

/**
 * Whether an id belongs to another call than the one placed at `placedAt`: to a placed call that has it already, or to one that was answered earlier. Calls
 * long before or after do not count, because some telephone systems reuse ids.
 */
async function isAnother(
  db: Kysely<Schema>,
  tenant: Tenant,
  callId: string,
  placedAt: number,
): Promise<boolean> {
  const placed = await db
    .selectFrom('calls')
    .select('id')
    .where('tenant_id', '=', tenant.id)
    .where('call_id', '=', callId)
    // A transfer has the id of the call that it transfers.
    .where('feature', '=', 'click2call')
    .where('created_at', '>', placedAt - longestCallMs)
    .where('created_at', '<', placedAt + longestCallMs)
    .limit(1)
    .executeTakeFirst();
  if (placed) return true;
  const answered = await db
    .selectFrom('events')
    .select('id')
    .where('tenant_id', '=', tenant.id)
    .where('call_id', '=', callId)
    .where('created_at', '>', placedAt - longestCallMs)
    .where('created_at', '<', placedAt)
    .limit(1)
    .executeTakeFirst();
  return answered !== undefined;
}
