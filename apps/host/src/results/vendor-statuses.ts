import { TelephonyError, type Outcome } from '@finaz-telephony/core';
import { outcomes } from '@finaz-telephony/core/host';
import type { Store } from '../store/store.ts';
import type { Tenant } from '../tenants/tenant.ts';

/** A vendor's word for how a call ended, and what it means by the settings of today. */
export interface VendorStatus {
  readonly id: number;
  readonly connection: string;
  readonly status: string;
  readonly outcome: Outcome;
}

export interface VendorStatuses {
  readonly all: readonly VendorStatus[];
  readonly byId: (id: number) => VendorStatus | undefined;
}

/** No vendor has so many; a field that is mapped to the wrong column does. */
const mostStatuses = 2000;
const longestStatus = 200;

/**
 * Attempts carry only the id of their status: there may be a million. What a status means is looked up by the settings as they are now, whenever results are
 * read.
 */
export interface StatusStore {
  /** All of a company, with the outcomes of today. */
  readonly read: (tenant: Tenant) => Promise<VendorStatuses>;
  /** A way to give statuses of one connection their ids while results come in. */
  readonly recorder: (tenant: Tenant, connection: string) => Promise<StatusRecorder>;
}

export interface StatusRecorder {
  /** @throws {TelephonyError} `invalid_config` when there are more than any vendor has */
  readonly idsOf: (words: readonly string[]) => Promise<readonly number[]>;
  readonly wordOf: (id: number) => string;
}

export function createStatusStore(store: Store): StatusStore {
  const { db } = store;

  async function read(tenant: Tenant): Promise<VendorStatuses> {
    const rows = await db
      .selectFrom('vendor_statuses')
      .selectAll()
      .where('tenant_id', '=', tenant.id)
      .orderBy('id')
      .execute();
    const all = rows.map(({ id, connection, status, outcome }): VendorStatus => ({
      id,
      connection,
      status,
      // While the connection cannot be used, the outcome that it gave last.
      outcome: outcomeOf(tenant, connection, status) ?? toOutcome(outcome),
    }));
    const byId = new Map(all.map((status) => [status.id, status]));
    for (const [index, { outcome }] of rows.entries()) {
      const now = all[index];
      if (now && now.outcome !== outcome) {
        await db
          .updateTable('vendor_statuses')
          .set({ outcome: now.outcome })
          .where('tenant_id', '=', tenant.id)
          .where('id', '=', now.id)
          .execute();
      }
    }
    return { all, byId: (id) => byId.get(id) };
  }

  async function add(tenant: Tenant, connection: string, status: string): Promise<number> {
    for (;;) {
      // Of two hosts that take the same id, or meet the same word, one does nothing and looks again.
      await db
        .insertInto('vendor_statuses')
        .columns(['tenant_id', 'id', 'connection', 'status', 'outcome'])
        .expression((from) =>
          from
            .selectFrom('vendor_statuses')
            .select((column) => [
              column.val(tenant.id).as('tenant_id'),
              column(column.fn.coalesce(column.fn.max('id'), column.lit(0)), '+', column.lit(1)).as(
                'id',
              ),
              column.val(connection).as('connection'),
              column.val(status).as('status'),
              column.val<string>(outcomeOf(tenant, connection, status) ?? 'unknown').as('outcome'),
            ])
            .where('tenant_id', '=', tenant.id),
        )
        .onConflict((conflict) => conflict.doNothing())
        .execute();
      const row = await db
        .selectFrom('vendor_statuses')
        .select('id')
        .where('tenant_id', '=', tenant.id)
        .where('connection', '=', connection)
        .where('status', '=', status)
        .executeTakeFirst();
      if (row) return row.id;
    }
  }

  return {
    read,
    async recorder(tenant, connection) {
      const known = (await read(tenant)).all.filter((status) => status.connection === connection);
      const ids = new Map(known.map(({ status, id }) => [status, id]));
      const words = new Map(known.map(({ status, id }) => [id, status]));
      return {
        async idsOf(list) {
          const result: number[] = [];
          for (const word of list) {
            let id = ids.get(word);
            if (id === undefined) {
              if (ids.size >= mostStatuses) throw tooManyStatuses();
              const status = word.slice(0, longestStatus);
              id = ids.get(status) ?? (await add(tenant, connection, status));
              ids.set(word, id);
              words.set(id, status);
            }
            result.push(id);
          }
          return result;
        },
        wordOf: (id) => words.get(id) ?? '',
      };
    },
  };
}

function outcomeOf(tenant: Tenant, connection: string, status: string): Outcome | undefined {
  return tenant.connections.get(connection)?.adapter.features.dialerResults?.outcomeOf(status);
}

const toOutcome = (text: string): Outcome =>
  outcomes.find((outcome) => outcome === text) ?? 'unknown';

function tooManyStatuses(): TelephonyError {
  return new TelephonyError({
    code: 'invalid_config',
    message: `The results have more than ${mostStatuses} different statuses, which no telephone system has.`,
    hint: 'Look which field of the report the status is read from: dialerResults.fields.status.',
    feature: 'dialerResults',
    delivery: 'answered',
  });
}
