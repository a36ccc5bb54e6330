import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Outcome } from '@finaz-telephony/core';
import { sql } from 'kysely';
import { openRow } from '../store/damaged-rows.ts';
import { deleteInChunks } from '../store/delete-in-chunks.ts';
import type { AttemptCountTable, AttemptTable } from '../store/schema.ts';
import type { Store } from '../store/store.ts';
import type { Tenant } from '../tenants/tenant.ts';
import { writeWithPostgres } from './attempt-writes-postgres.ts';
import { writeWithSqlite } from './attempt-writes-sqlite.ts';
import { splitNumber } from './dialed-number.ts';
import type { AttemptChunk, WrittenChunk } from './attempt-writes.ts';
import { openNumbers } from './sealed-numbers.ts';
import type { ShownAttempt } from './shown-attempt.ts';
import type { VendorStatuses } from './vendor-statuses.ts';

export interface AttemptFilter {
  readonly outcomes?: ReadonlySet<Outcome>;
  /** `true`: attempts that belong to no contact of this mailing, instead of its own. */
  readonly foreign: boolean;
}

export interface AttemptPage {
  readonly attempts: readonly ShownAttempt[];
  /** The place of the last one read. */
  readonly lastSeq: number;
  readonly isLast: boolean;
}

/** What became of dialed numbers. Durable when `write` resolves; read in the order of arrival. */
export interface AttemptStore {
  readonly write: (chunk: AttemptChunk) => Promise<WrittenChunk>;
  readonly page: (
    tenant: Tenant,
    ref: number,
    options: {
      readonly after: number;
      /** The last place that was given out before `statuses` were read: later attempts may have a status that is not among them. */
      readonly upTo: number;
      readonly limit: number;
      readonly filter: AttemptFilter;
      readonly statuses: VendorStatuses;
    },
  ) => Promise<AttemptPage>;
  /** Deletes the results of mailings that are gone, in chunks, so that nobody else waits long. @returns the number of such mailings */
  readonly removeLeft: () => Promise<number>;
  readonly counts: (ref: number) => Promise<readonly AttemptCountTable[]>;
  /** What the dialer reported of a call, in any mailing; only the latest attempts, if it has used the call id often. */
  readonly findByCall: (
    tenant: Tenant,
    callId: string,
    statuses: VendorStatuses,
  ) => Promise<AttemptOfMailing[]>;
  /** Of all mailings of a company, by status. */
  readonly countsOf: (
    tenantId: string,
  ) => Promise<readonly Pick<AttemptCountTable, 'status' | 'count'>[]>;
}

/** An attempt with the mailing that it was dialed for. */
export interface AttemptOfMailing {
  readonly mailingId: string;
  readonly attempt: ShownAttempt;
}

/** There is no index of outcomes: attempts are searched in pieces of this size, because on SQLite nobody else gets a turn meanwhile. */
const lookThrough = 5000;

export function createAttemptStore(store: Store): AttemptStore {
  const { db, native } = store;
  const shown = (tenant: Tenant, rows: readonly AttemptTable[], statuses: VendorStatuses) => {
    const numbers = numbersOf(tenant, rows);
    return rows.map((row, index) => show(row, numbers[index], statuses));
  };

  /** All at once, which is quick; one by one if any of them does not open. */
  function numbersOf(tenant: Tenant, rows: readonly AttemptTable[]): (string | undefined)[] {
    const open = (some: readonly AttemptTable[]) =>
      openNumbers(
        tenant.cipher,
        some.map(({ number_hash, number }) => ({ numberHash: number_hash, sealedNumber: number })),
      );
    try {
      return open(rows);
    } catch {
      return rows.map((row) => {
        const named = { tenant: tenant.id, table: 'attempts', row: `${row.mailing}/${row.seq}` };
        return openRow(store, named, () => open([row])[0]);
      });
    }
  }

  async function remove(ref: number): Promise<void> {
    // Shuts out a fetch that may still be under way: what it stored behind the last deleted chunk would stay for ever.
    await db
      .updateTable('mailing_results')
      .set({ fetch_id: null })
      .where('ref', '=', ref)
      .execute();
    await deleteInChunks(db, { table: 'attempts', of: sql`mailing = ${ref}`, key: 'seq' });
    await db.deleteFrom('attempt_counts').where('mailing', '=', ref).execute();
    await db.deleteFrom('mailing_results').where('ref', '=', ref).execute();
  }

  return {
    write: native.engine === 'sqlite' ? writeWithSqlite(native) : writeWithPostgres(native.pool),

    async page(tenant, ref, { after, upTo, limit, filter, statuses }) {
      let matching = db
        .selectFrom('attempts')
        .selectAll()
        .where('mailing', '=', ref)
        .where('matched_by', filter.foreign ? '=' : '!=', 'none')
        .orderBy('seq');
      if (filter.outcomes) {
        const ids = statuses.all
          .filter(({ outcome }) => filter.outcomes?.has(outcome))
          .map(({ id }) => id);
        if (ids.length === 0) return { attempts: [], lastSeq: after, isLast: true };
        matching = matching.where('status', 'in', ids);
      }
      const rows: AttemptTable[] = [];
      for (let from = after; from < upTo && rows.length < limit; from += lookThrough) {
        const found = await matching
          .where('seq', '>', from)
          .where('seq', '<=', Math.min(from + lookThrough, upTo))
          .limit(limit - rows.length)
          .execute();
        rows.push(...found);
        await nextTurn();
      }
      return {
        attempts: shown(tenant, rows, statuses),
        lastSeq: rows.at(-1)?.seq ?? after,
        isLast: rows.length < limit,
      };
    },

    counts: (ref) =>
      db.selectFrom('attempt_counts').selectAll().where('mailing', '=', ref).execute(),

    async removeLeft() {
      const left = await db
        .selectFrom('mailing_results')
        .leftJoin('mailings', 'mailings.id', 'mailing_results.mailing_id')
        .select('mailing_results.ref')
        .where('mailings.id', 'is', null)
        .execute();
      for (const { ref } of left) await remove(ref);
      return left.length;
    },

    async findByCall(tenant, callId, statuses) {
      const rows = await db
        .selectFrom('attempts')
        .innerJoin('mailing_results', 'mailing_results.ref', 'attempts.mailing')
        .where('attempts.call_id', '=', callId)
        .where('mailing_results.tenant_id', '=', tenant.id)
        .selectAll('attempts')
        .select('mailing_results.mailing_id')
        .orderBy('attempts.at', 'desc')
        .limit(20)
        .execute();
      const attempts = shown(tenant, rows, statuses);
      return attempts.map((attempt, index) => ({
        mailingId: rows[index]?.mailing_id ?? '',
        attempt,
      }));
    },

    async countsOf(tenantId) {
      const rows = await db
        .selectFrom('attempt_counts')
        .innerJoin('mailing_results', 'mailing_results.ref', 'attempt_counts.mailing')
        .where('mailing_results.tenant_id', '=', tenantId)
        .groupBy('attempt_counts.status')
        .select((column) => [
          'attempt_counts.status as status',
          // On PostgreSQL, a sum of 64-bit integers comes as text.
          column.fn.sum<number | string>('attempt_counts.count').as('count'),
        ])
        .execute();
      return rows.map(({ status, count }) => ({ status, count: Number(count) }));
    },
  };
}

function show(
  row: AttemptTable,
  numberText: string | undefined,
  statuses: VendorStatuses,
): ShownAttempt {
  const { areaCode, number } = splitNumber(numberText ?? '');
  const status = statuses.byId(row.status);
  return {
    contactId: row.contact_id,
    ...(numberText === undefined && { unreadable: true }),
    matchedBy: row.matched_by,
    areaCode,
    number,
    at: new Date(row.at).toISOString(),
    outcome: status?.outcome ?? 'unknown',
    vendorStatus: status?.status ?? '',
    ...(row.call_id !== null && { callId: row.call_id }),
    ...(row.extension !== null && { extension: row.extension }),
    ...(row.duration !== null && { duration: row.duration }),
  };
}
