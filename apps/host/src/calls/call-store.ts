import { sql } from 'kysely';
import { createBatch } from '../store/batch.ts';
import { deleteOlder } from '../store/delete-older.ts';
import { insist } from '../store/insist.ts';
import { isStoreUnavailable } from '../store/store-error.ts';
import type { CallTable } from '../store/schema.ts';
import type { Store } from '../store/store.ts';
import type { Tenant } from '../tenants/tenant.ts';
import { createCallFinder, type CallFinder } from './call-finder.ts';
import { sealDetail, type CallDetail, type CallOwner, type CallState } from './call-record.ts';
import type { Turn } from './call-turns.ts';
import { createCallWrites, type CallUpdate } from './call-writes.ts';
import { doubtCalls } from './doubted-calls.ts';

export interface NewCall {
  readonly attemptId: string;
  readonly tenant: CallOwner;
  readonly feature: CallTable['feature'];
  readonly connection: string;
  readonly callId: string | null;
  readonly queue: string;
  readonly extension: string;
  /** Keyed hash of the number or destination, by which the call is found. */
  readonly numberHash: string | null;
  readonly turn?: Turn | null;
  readonly detail: CallDetail;
}

export interface CallOutcome {
  readonly attemptId: string;
  readonly tenant: CallOwner;
  readonly state: Exclude<CallState, 'sending'>;
  readonly callId: string | null;
  /** Left out if unchanged: most calls bring nothing new to keep, and need no second seal. */
  readonly detail?: CallDetail;
  readonly errorCode: string | null;
}

/** Calls and transfers. A row is durable before its request leaves, so that a crash leaves a call in doubt, never one that nobody knows of. */
export interface CallStore extends CallFinder {
  /**
   * If it fails, nothing may be sent: the attempt is stored as failed once the store is back.
   *
   * @returns whether the attempt was written; not if another host has taken its turn
   */
  readonly begin: (call: NewCall) => Promise<boolean>;
  /** Resolves even while the store is away, and writes the outcome once it is back: the caller gets the result whether or not it can be stored yet. */
  readonly finish: (outcome: CallOutcome) => Promise<void>;
  /** Stores what became of a call in doubt. Resolves with false if there was nothing to settle. */
  readonly settle: (
    tenant: Tenant,
    attemptId: string,
    as: 'accepted' | 'failed',
    callId: string | null,
  ) => Promise<boolean>;
  /**
   * Marks as in doubt the calls that dead hosts were sending. It goes by the stored rows alone: it does not matter when a host died, or who has looked before.
   * Also marks calls that this host has finished but whose outcome the database has lost, as a standby that takes over may: they would seem to be under way for
   * ever.
   */
  readonly doubt: () => Promise<number>;
  readonly prune: (olderThan: number, signal: AbortSignal) => Promise<number>;
  readonly drain: () => Promise<void>;
}

/** @param onWithoutId called for each call that was accepted, or became in doubt, without a call id */
export function createCallStore(
  store: Store,
  hostId: string,
  now: () => number,
  onWithoutId: (attemptId: string) => void = () => undefined,
): CallStore {
  const { db } = store;

  const writes = createCallWrites(store.native);
  const inserts = createBatch<CallTable, boolean>({
    limit: 200,
    flush: writes.insert,
  });
  const updates = createBatch<CallUpdate, void>({
    limit: 200,
    flush: writes.update,
  });

  async function write(update: CallUpdate): Promise<void> {
    await updates.add(update);
    if (update.callId === null && update.state !== 'failed') onWithoutId(update.id);
  }

  /** Attempts that this host has begun and whose outcome is not written yet. */
  const underWay = new Set<string>();
  const closing = new AbortController();
  const later = (id: string, work: () => Promise<void>) =>
    void insist(work, { until: closing.signal })
      .catch(() => undefined)
      .finally(() => underWay.delete(id));

  /**
   * Nothing was sent. Inserted first, in case the row is not stored yet: a server still at work on the first insert would store it as `sending` after the
   * update.
   */
  async function fail(begun: CallTable): Promise<void> {
    const row: CallTable = { ...begun, state: 'failed', error_code: 'store_unavailable' };
    await inserts.add(row);
    const { id, state, error_code: errorCode, call_id: callId, sealed, updated_at: at } = row;
    await updates.add({ id, state, errorCode, callId, sealed, at });
  }

  async function finish(update: CallUpdate): Promise<void> {
    try {
      await write(update);
      underWay.delete(update.id);
    } catch (error) {
      if (isStoreUnavailable(error)) return later(update.id, () => write(update));
      underWay.delete(update.id);
      throw error;
    }
  }

  return {
    ...createCallFinder(store),

    async begin({ tenant, detail, ...call }) {
      const at = now();
      const row: CallTable = {
        id: call.attemptId,
        tenant_id: tenant.id,
        feature: call.feature,
        connection: call.connection,
        state: 'sending',
        call_id: call.callId,
        queue: call.queue,
        extension: call.extension,
        number_hash: call.numberHash,
        sealed: sealDetail(tenant, call.attemptId, detail),
        error_code: null,
        host_id: hostId,
        turn: call.turn?.place ?? null,
        turn_hash: call.turn?.hash ?? null,
        created_at: at,
        updated_at: at,
      };
      underWay.add(row.id);
      try {
        const isWritten = await inserts.add(row);
        if (!isWritten) underWay.delete(row.id);
        return isWritten;
      } catch (error) {
        if (isStoreUnavailable(error)) later(row.id, () => fail(row));
        else underWay.delete(row.id);
        throw error;
      }
    },

    finish: ({ attemptId, tenant, state, callId, detail, errorCode }) =>
      finish({
        id: attemptId,
        state,
        callId,
        errorCode,
        sealed: detail ? sealDetail(tenant, attemptId, detail) : null,
        at: now(),
      }),

    async settle(tenant, attemptId, as, callId) {
      const { numUpdatedRows } = await db
        .updateTable('calls')
        .set({ state: as, updated_at: now(), ...(callId !== null && { call_id: callId }) })
        .where('tenant_id', '=', tenant.id)
        .where('id', '=', attemptId)
        .where((call) =>
          call.or([
            call('state', '=', 'in_doubt'),
            // A call that was accepted without an id may be given the one that somebody has found.
            ...(callId === null
              ? []
              : [call.and([call('state', '=', as), call('call_id', 'is', null)])]),
          ]),
        )
        .executeTakeFirst();
      return numUpdatedRows > 0n;
    },

    doubt: () =>
      doubtCalls(store, {
        hostId,
        isUnderWay: (attemptId) => underWay.has(attemptId),
        onWithoutId,
        now,
      }),

    prune: (olderThan, signal) =>
      deleteOlder(
        db,
        { table: 'calls', key: 'id', only: sql<boolean>`state in ('accepted', 'failed')`, signal },
        olderThan,
      ),

    async drain() {
      closing.abort();
      await inserts.drain();
      await updates.drain();
    },
  };
}
