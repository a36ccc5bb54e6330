import { TelephonyError } from '@finaz-telephony/core';
import { RequestError } from '../http/request-error.ts';
import type { Connection, Tenant } from '../tenants/tenant.ts';
import { insist } from '../store/insist.ts';
import { isStoreUnavailable } from '../store/store-error.ts';
import { leftAloneMs } from './load/leave-alone.ts';
import type { QueueOwners } from './queue-owners.ts';
import type { QueueTaken } from './queue-rows.ts';

/** A clear by hand is aborted after this time, and sends no request later. */
const longestClearMs = 60_000;
/** A host that dies meanwhile holds the queue no longer than this. */
const longestHoldMs = 2 * longestClearMs;

export interface ClearBounds {
  readonly signal: AbortSignal;
  /** Asked just before a request leaves: a host frozen past its hold on the queue would delete what another one has loaded since. */
  readonly mayLeave: () => boolean;
}

/**
 * Clears a queue by hand: not while a mailing is on its way into it, and none begins meanwhile.
 *
 * @param holder the connection whose contacts the clear takes away, where it is told of them
 */
export async function clearByHand<Result>(
  { queues, clock }: { readonly queues: QueueOwners; readonly clock: () => number },
  tenant: Tenant,
  queue: string,
  connection: Connection,
  clear: (bounds: ClearBounds) => Promise<Result>,
  holder?: string,
): Promise<Result> {
  const startedAt = performance.now();
  const until = clock() + longestHoldMs;
  // What is loaded through one connection may be cleared through another one.
  const connections = new Set([connection.name, tenant.bindings.contactLoad ?? connection.name]);
  const free = (end?: Parameters<QueueOwners['free']>[3]) => queues.free(tenant, queue, until, end);
  try {
    const taken = await queues.hold(tenant, queue, connections, until);
    if (taken) throw queueTaken(taken);
  } catch (error) {
    // It may be held all the same.
    if (isStoreUnavailable(error)) freeLater(free);
    throw error;
  }
  let end: Parameters<typeof free>[0];
  try {
    const result = await clear({
      signal: AbortSignal.timeout(longestClearMs),
      mayLeave: () => performance.now() - startedAt < longestClearMs,
    });
    if (holder !== undefined) end = { clearedAt: holder };
    return result;
  } catch (error) {
    // It may still come to it, and would take what was loaded since.
    if (TelephonyError.isInstance(error) && error.delivery === 'unknown')
      end = { from: clock() + leftAloneMs(connection) };
    throw error;
  } finally {
    await free(end).catch((error: unknown) => {
      // What came of the clear is told all the same.
      if (!isStoreUnavailable(error)) throw error;
      freeLater(() => free(end));
    });
  }
}

/** As soon as the store can; by then the hold may have run out by itself. */
function freeLater(free: () => Promise<void>): void {
  const until = AbortSignal.timeout(longestHoldMs);
  insist(free, { until }).catch(() => undefined);
}

export function queueTaken(taken: QueueTaken): RequestError {
  return taken.is === 'busy'
    ? new RequestError(
        409,
        'conflict',
        `Mailing ${taken.by} has not finished loading into this queue.`,
        {
          hint: 'Cancel or deactivate it first.',
        },
      )
    : new RequestError(409, 'conflict', 'The queue is being cleared at this moment.', {
        hint: 'Wait until that has finished.',
      });
}
