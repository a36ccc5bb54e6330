import { TelephonyError } from '@finaz-telephony/core';
import { RequestError } from '../http/request-error.ts';
import type { Connection, Tenant } from '../tenants/tenant.ts';
import { insist } from '../store/insist.ts';
import { isStoreUnavailable } from '../store/store-error.ts';
import { leftAloneMs } from './load/leave-alone.ts';
import type { HoldEnd } from './queue-holds.ts';
import type { QueueOwners } from './queue-owners.ts';
import type { QueueHeld } from './queue-rows.ts';

/** A clear by hand is aborted after this time, and sends no request later. */
const longestClearMs = 60_000;
/** A host that dies during the clear holds the queue no longer than this. */
const longestHoldMs = 2 * longestClearMs;

export interface ClearBounds {
  readonly signal: AbortSignal;
  /** Asked just before a request leaves: a host frozen past its hold on the queue would delete what another one has loaded since. */
  readonly mayLeave: () => boolean;
}

/**
 * Clears a queue by hand: refused while a mailing is loading into it, and no load begins in it meanwhile.
 *
 * @param holder the connection whose contacts the clear deletes, if the clear is told of them
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
  const free = (end?: HoldEnd) => queues.free(tenant, queue, until, end);
  try {
    const taken = await queues.hold(tenant, queue, connections, until);
    if (taken) throw queueTaken(taken);
  } catch (error) {
    // The hold may have been stored all the same.
    if (isStoreUnavailable(error)) freeLater(free);
    throw error;
  }
  let end: HoldEnd | undefined;
  try {
    const result = await clear({
      signal: AbortSignal.timeout(longestClearMs),
      mayLeave: () => performance.now() - startedAt < longestClearMs,
    });
    if (holder !== undefined) end = { clearedAt: holder };
    return result;
  } catch (error) {
    // The telephone system may still carry out the clear, and would then delete what is loaded meanwhile.
    if (TelephonyError.isInstance(error) && error.delivery === 'unknown')
      end = { from: clock() + leftAloneMs(connection) };
    throw error;
  } finally {
    await free(end).catch((error: unknown) => {
      // The caller learns the outcome of the clear all the same.
      if (!isStoreUnavailable(error)) throw error;
      freeLater(() => free(end));
    });
  }
}

/** Frees the queue as soon as the store is back; by then the hold may have run out by itself. */
function freeLater(free: () => Promise<void>): void {
  const until = AbortSignal.timeout(longestHoldMs);
  insist(free, { until }).catch(() => undefined);
}

export function queueTaken(held: QueueHeld): RequestError {
  if (held.is === 'busy' && held.why === 'loads') {
    return new RequestError(
      409,
      'conflict',
      `Mailing ${held.by} has not finished loading into this queue.`,
      { hint: 'Cancel or deactivate it first.' },
    );
  }
  const detail =
    held.is === 'busy'
      ? `Mailing ${held.by} may still have requests under way.`
      : 'The queue is being cleared at this moment.';
  return new RequestError(409, 'conflict', detail, { hint: 'Wait until that has finished.' });
}
