import type { KnownCall } from '@finaz-telephony/core';
import { sql } from 'kysely';
import { createBatch } from '../store/batch.ts';
import { deleteOlder } from '../store/delete-older.ts';
import { leaseMs } from '../store/host-lease.ts';
import { insist } from '../store/insist.ts';
import { isStoreUnavailable } from '../store/store-error.ts';
import { createCallWrites, type CallUpdate } from './call-writes.ts';
import type { CallTable } from '../store/schema.ts';
import type { Store } from '../store/store.ts';
import type { Tenant } from '../tenants/tenant.ts';

export type CallState = CallTable['state'];

/** The personal part of a call, stored sealed. */
export interface CallDetail {
  /** E.164, of a click2call. */
  readonly number?: string;
  /** Of a transfer. */
  readonly destination?: string;
  readonly captures?: Readonly<Record<string, string>>;
  readonly error?: { readonly code: string; readonly message: string };
}

export interface CallRecord {
  readonly attemptId: string;
  readonly feature: CallTable['feature'];
  readonly connection: string;
  readonly state: CallState;
  readonly callId: string | null;
  readonly queue: string;
  readonly extension: string;
  readonly detail: CallDetail;
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** Whose calls they are, and the cipher of what is personal in them. */
type Owner = Pick<Tenant, 'id' | 'cipher'>;

export interface NewCall {
  readonly attemptId: string;
  readonly tenant: Owner;
  readonly feature: CallTable['feature'];
  readonly connection: string;
  readonly callId: string | null;
  readonly queue: string;
  readonly extension: string;
  /** Keyed, of the number or destination: by it the call is found. */
  readonly numberHash: string | null;
  readonly detail: CallDetail;
}

export interface CallOutcome {
  readonly attemptId: string;
  readonly tenant: Owner;
  readonly state: Exclude<CallState, 'sending'>;
  readonly callId: string | null;
  /** Left out where it is the same as before: most calls bring nothing to keep, and need no second seal. */
  readonly detail?: CallDetail;
  readonly errorCode: string | null;
}

export interface CallFilter {
  readonly state?: CallState;
  readonly extension?: string;
  /** E.164, dialed or transferred to. */
  readonly number?: string;
  /** The last one of the page before. */
  readonly after?: Pick<CallRecord, 'createdAt' | 'attemptId'>;
  readonly limit: number;
}

/** What was dialed and transferred. A row is durable before its request leaves, so that a crash leaves a doubt, never a silence. */
export interface CallStore {
  /** Where it fails nothing is to be sent; a row that was stored all the same is failed as soon as the store is back. */
  readonly begin: (call: NewCall) => Promise<void>;
  /** While the store is away it resolves, and is written afterwards: what was dialed is told, whether or not that can be written down. */
  readonly finish: (outcome: CallOutcome) => Promise<void>;
  readonly find: (tenant: Tenant, callId: string) => Promise<CallRecord[]>;
  readonly byAttempt: (tenant: Owner, attemptId: string) => Promise<CallRecord | undefined>;
  /** The latest first. */
  readonly list: (tenant: Tenant, filter: CallFilter) => Promise<CallRecord[]>;
  /** The extension's last call that the vendor accepted since then, as an adapter wants it. */
  readonly lastOf: (
    tenant: Tenant,
    extension: string,
    since: number,
  ) => Promise<KnownCall | undefined>;
  /** A person's word on a call in doubt. */
  readonly settle: (
    tenant: Tenant,
    attemptId: string,
    as: 'accepted' | 'failed',
    callId: string | null,
  ) => Promise<boolean>;
  /** What hosts that are gone were sending is in doubt. Told by what is stored, so that it holds whenever a host died, and whoever looked for it before. */
  readonly doubt: () => Promise<number>;
  readonly prune: (olderThan: number, signal: AbortSignal) => Promise<number>;
  readonly drain: () => Promise<void>;
}

const place = (attemptId: string) => `calls/${attemptId}`;

export function createCallStore(store: Store, hostId: string, now: () => number): CallStore {
  const { db } = store;

  const writes = createCallWrites(store.native);
  const inserts = createBatch<CallTable, void>({
    limit: 200,
    flush: writes.insert,
  });
  const updates = createBatch<CallUpdate, void>({
    limit: 200,
    flush: writes.update,
  });

  const closing = new AbortController();
  const later = (update: CallUpdate) =>
    void insist(() => updates.add(update), { until: closing.signal }).catch(() => undefined);

  async function finish(update: CallUpdate): Promise<void> {
    try {
      await updates.add(update);
    } catch (error) {
      if (!isStoreUnavailable(error)) throw error;
      later(update);
    }
  }

  function toRecord(tenant: Owner, row: CallTable): CallRecord {
    const detail: CallDetail = JSON.parse(tenant.cipher.open(place(row.id), row.sealed));
    return {
      attemptId: row.id,
      feature: row.feature,
      connection: row.connection,
      state: row.state,
      callId: row.call_id,
      queue: row.queue,
      extension: row.extension,
      detail,
      createdAt: row.created_at,
      updatedAt: row.updated_at,
    };
  }

  return {
    async begin({ tenant, detail, ...call }) {
      const at = now();
      const sealed = tenant.cipher.seal(place(call.attemptId), JSON.stringify(detail));
      const { callId } = call;
      try {
        await inserts.add({
          id: call.attemptId,
          tenant_id: tenant.id,
          feature: call.feature,
          connection: call.connection,
          state: 'sending',
          call_id: callId,
          queue: call.queue,
          extension: call.extension,
          number_hash: call.numberHash,
          sealed,
          error_code: null,
          host_id: hostId,
          created_at: at,
          updated_at: at,
        });
      } catch (error) {
        const errorCode = 'store_unavailable';
        if (isStoreUnavailable(error))
          later({ id: call.attemptId, state: 'failed', callId, errorCode, sealed, at });
        throw error;
      }
    },

    finish: ({ attemptId, tenant, state, callId, detail, errorCode }) =>
      finish({
        id: attemptId,
        state,
        callId,
        errorCode,
        sealed: detail ? tenant.cipher.seal(place(attemptId), JSON.stringify(detail)) : null,
        at: now(),
      }),

    async find(tenant, callId) {
      const rows = await db
        .selectFrom('calls')
        .selectAll()
        .where('tenant_id', '=', tenant.id)
        .where('call_id', '=', callId)
        .orderBy('created_at')
        .execute();
      return rows.map((row) => toRecord(tenant, row));
    },

    async byAttempt(tenant, attemptId) {
      const row = await db
        .selectFrom('calls')
        .selectAll()
        .where('tenant_id', '=', tenant.id)
        .where('id', '=', attemptId)
        .executeTakeFirst();
      return row && toRecord(tenant, row);
    },

    async list(tenant, { state, extension, number, after, limit }) {
      let query = db
        .selectFrom('calls')
        .selectAll()
        .where('tenant_id', '=', tenant.id)
        .orderBy('created_at', 'desc')
        .orderBy('id', 'desc')
        .limit(limit);
      if (state) query = query.where('state', '=', state);
      if (extension !== undefined) query = query.where('extension', '=', extension);
      if (number !== undefined) query = query.where('number_hash', '=', tenant.cipher.hash(number));
      if (after)
        query = query
          .where('created_at', '<=', after.createdAt)
          .where((row) =>
            row.or([row('created_at', '<', after.createdAt), row('id', '<', after.attemptId)]),
          );
      return (await query.execute()).map((row) => toRecord(tenant, row));
    },

    async lastOf(tenant, extension, since) {
      const row = await db
        .selectFrom('calls')
        .selectAll()
        .where('tenant_id', '=', tenant.id)
        .where('extension', '=', extension)
        .where('feature', '=', 'click2call')
        .where('state', '=', 'accepted')
        .where('call_id', 'is not', null)
        .where('created_at', '>=', since)
        .orderBy('created_at', 'desc')
        .limit(1)
        .executeTakeFirst();
      return row && toKnownCall(toRecord(tenant, row));
    },

    async settle(tenant, attemptId, as, callId) {
      const { numUpdatedRows } = await db
        .updateTable('calls')
        .set({ state: as, updated_at: now(), ...(callId !== null && { call_id: callId }) })
        .where('tenant_id', '=', tenant.id)
        .where('id', '=', attemptId)
        .where('state', '=', 'in_doubt')
        .executeTakeFirst();
      return numUpdatedRows > 0n;
    },

    async doubt() {
      const at = now();
      const sending = db
        .updateTable('calls')
        .set({ state: 'in_doubt', error_code: 'in_doubt', updated_at: at })
        .where('state', '=', 'sending');
      const { numUpdatedRows } = await (
        store.native.engine === 'sqlite'
          ? // Nobody else uses this database.
            sending.where('host_id', '!=', hostId)
          : sending
              // A host that has just started may not be on the list yet.
              .where('created_at', '<', at - leaseMs)
              .where('host_id', 'not in', (hosts) => hosts.selectFrom('hosts').select('id'))
      ).executeTakeFirst();
      return Number(numUpdatedRows);
    },

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

export function toKnownCall(record: CallRecord): KnownCall | undefined {
  if (record.callId === null) return undefined;
  return {
    callId: record.callId,
    queue: record.queue,
    extension: record.extension,
    startedAt: new Date(record.createdAt),
    captures: record.detail.captures ?? {},
    ...(record.detail.number !== undefined && { number: record.detail.number }),
  };
}
