import type { Store } from '../store/store.ts';
import type { Tenant } from '../tenants/tenant.ts';
import { toRecord, type CallOwner, type CallRecord, type CallState } from './call-record.ts';

export interface CallFilter {
  readonly state?: CallState;
  readonly extension?: string;
  /** E.164, dialed or transferred to. */
  readonly number?: string;
  /** The last call of the previous page. */
  readonly after?: Pick<CallRecord, 'createdAt' | 'attemptId'>;
  readonly limit: number;
}

/** Looks up calls and transfers. */
export interface CallFinder {
  readonly find: (tenant: Tenant, callId: string) => Promise<CallRecord[]>;
  readonly byAttempt: (tenant: CallOwner, attemptId: string) => Promise<CallRecord | undefined>;
  /** The latest first. */
  readonly list: (tenant: Tenant, filter: CallFilter) => Promise<CallRecord[]>;
  /** The last call that was placed, or may have been, for an extension since then. */
  readonly lastOf: (
    tenant: Tenant,
    extension: string,
    since: number,
  ) => Promise<CallRecord | undefined>;
}

export function createCallFinder(store: Store): CallFinder {
  const { db } = store;
  const callsOf = ({ id }: Pick<CallOwner, 'id'>) =>
    db.selectFrom('calls').selectAll().where('tenant_id', '=', id);

  return {
    async find(tenant, callId) {
      const rows = await callsOf(tenant)
        .where('call_id', '=', callId)
        .orderBy('created_at')
        .execute();
      return rows.map((row) => toRecord(store, tenant, row));
    },

    async byAttempt(tenant, attemptId) {
      const row = await callsOf(tenant).where('id', '=', attemptId).executeTakeFirst();
      return row && toRecord(store, tenant, row);
    },

    async list(tenant, { state, extension, number, after, limit }) {
      let query = callsOf(tenant).orderBy('created_at', 'desc').orderBy('id', 'desc').limit(limit);
      if (state) query = query.where('state', '=', state);
      if (extension !== undefined) query = query.where('extension', '=', extension);
      if (number !== undefined) query = query.where('number_hash', '=', tenant.cipher.hash(number));
      if (after)
        query = query
          .where('created_at', '<=', after.createdAt)
          .where((row) =>
            row.or([row('created_at', '<', after.createdAt), row('id', '<', after.attemptId)]),
          );
      return (await query.execute()).map((row) => toRecord(store, tenant, row));
    },

    async lastOf(tenant, extension, since) {
      const row = await callsOf(tenant)
        .where('extension', '=', extension)
        .where('feature', '=', 'click2call')
        .where('state', '!=', 'failed')
        .where('created_at', '>=', since)
        .orderBy('created_at', 'desc')
        .limit(1)
        .executeTakeFirst();
      return row && toRecord(store, tenant, row);
    },
  };
}
