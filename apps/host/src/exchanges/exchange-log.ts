import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Logger } from '@finaz-telephony/core';
import { newRowId } from '../store/row-id.ts';
import type { ExchangeRecord } from '../egress/egress.ts';
import type { ExchangeTable } from '../store/schema.ts';
import { openRow } from '../store/damaged-rows.ts';
import { chunksOf } from '../store/chunks-of.ts';
import { deleteOlder } from '../store/delete-older.ts';
import type { Store } from '../store/store.ts';
import type { TenantCipher } from '../store/vault.ts';
import { toCurl } from './curl.ts';
import type { LoggedExchange } from './shown-exchange.ts';
import { createExchangeWrites } from './exchange-writes.ts';
import { createGatheredWrites } from './gathered-writes.ts';

/** The call and contact that exchanges can be searched by. Numbers and contact ids are stored as keyed hashes only. */
export interface ExchangeSubject {
  readonly attemptId?: string;
  readonly callId?: string | null;
  /**
   * Absent for calls and transfers, whose exchanges are found through the number of their attempt. Hashes are random, so an index of them would write another
   * page of the database for each row.
   */
  readonly numberHash?: string | null;
  readonly contactHash?: string | null;
}

/** The subject of work about a call or a contact. @param about the number as E.164 */
export const subjectOf = (
  cipher: TenantCipher,
  about: {
    readonly callId?: string | null;
    readonly number?: string | undefined;
    readonly contactId?: string | undefined;
  },
): ExchangeSubject => ({
  callId: about.callId ?? null,
  numberHash: about.number === undefined ? null : cipher.hash(about.number),
  contactHash: about.contactId === undefined ? null : cipher.hash(about.contactId),
});

export interface ExchangeQuery {
  readonly callId?: string;
  readonly attemptId?: string;
  readonly number?: string;
  readonly contactId?: string;
  /** Epoch milliseconds: only exchanges before this moment. */
  readonly before?: number;
  readonly limit: number;
}

/** The log of HTTP exchanges with vendors, which are already masked when they are recorded. Writing happens after the work and never delays it. */
export interface ExchangeLog {
  /**
   * Creates a recorder for one piece of work. Its exchanges are written once `settle` is called, when the call's id is known.
   *
   * @param about called only if there is an exchange to write: a load writes hardly any, and computing the hashes costs as much as decrypting the contact
   */
  readonly begin: (about?: () => ExchangeSubject) => {
    readonly record: (exchange: ExchangeRecord) => void;
    /** @param callId replaces that of the subject */
    readonly settle: (callId?: string | null) => void;
  };
  readonly find: (
    tenantId: string,
    cipher: TenantCipher,
    query: ExchangeQuery,
  ) => Promise<LoggedExchange[]>;
  readonly prune: (olderThan: number, signal: AbortSignal) => Promise<number>;
  /** Waits until everything recorded is written. */
  readonly drain: () => Promise<void>;
}

interface Detail {
  readonly requestHeaders: Readonly<Record<string, string>>;
  readonly requestBody: string;
  readonly responseHeaders: Readonly<Record<string, string>>;
  readonly responseBody: string;
}

/** Exchanges whose bodies, which may be long, are read in one go: everybody else waits meanwhile. */
const readAtOnce = 50;

export function createExchangeLog(store: Store, logger: Logger): ExchangeLog {
  const { add, flush } = createGatheredWrites(createExchangeWrites(store.native), (lost, error) => {
    // A log that cannot be written must not fail the call it records; the loss itself is reported.
    const exchanges = lost.map(({ id }) => id);
    logger.error({ err: error, exchanges }, 'exchanges could not be logged');
  });

  /** An exchange has the hash itself, or belongs to a call with it. With "or" instead of the union, PostgreSQL would read all rows of the company. */
  const aboutNumber = (tenantId: string, hash: string) =>
    store.db
      .selectFrom('exchanges')
      .select('id')
      .where('tenant_id', '=', tenantId)
      .where('number_hash', '=', hash)
      .unionAll(
        store.db
          .selectFrom('calls')
          .innerJoin('exchanges', 'exchanges.attempt_id', 'calls.id')
          .select('exchanges.id')
          .where('calls.tenant_id', '=', tenantId)
          .where('calls.number_hash', '=', hash)
          .where('exchanges.tenant_id', '=', tenantId),
      );

  return {
    begin(about = () => ({})) {
      let waiting: ExchangeTable[] | undefined = [];
      let subject: ExchangeSubject | undefined;
      let ofCall: Pick<ExchangeTable, 'call_id'> | undefined;
      return {
        record(exchange) {
          subject ??= about();
          const row = toRow(exchange, subject);
          if (waiting) waiting.push(row);
          else add({ ...row, ...ofCall });
        },
        settle(callId) {
          if (callId !== undefined) ofCall = { call_id: callId };
          for (const row of waiting ?? []) add({ ...row, ...ofCall });
          waiting = undefined;
        },
      };
    },

    async find(tenantId, cipher, query) {
      // So that exchanges recorded a moment ago are found.
      await flush();
      let select = store.db
        .selectFrom('exchanges')
        .selectAll()
        .where('tenant_id', '=', tenantId)
        .orderBy('created_at', 'desc')
        .limit(query.limit);
      if (query.callId !== undefined) select = select.where('call_id', '=', query.callId);
      if (query.attemptId !== undefined) select = select.where('attempt_id', '=', query.attemptId);
      if (query.number !== undefined)
        select = select.where('id', 'in', aboutNumber(tenantId, cipher.hash(query.number)));
      if (query.contactId !== undefined)
        select = select.where('contact_hash', '=', cipher.hash(query.contactId));
      if (query.before !== undefined) select = select.where('created_at', '<', query.before);
      const found: LoggedExchange[] = [];
      for (const chunk of chunksOf(await select.execute(), readAtOnce)) {
        found.push(...chunk.map((row) => fromRow(store, row)));
        await nextTurn();
      }
      return found;
    },

    prune: (olderThan, signal) =>
      deleteOlder(store.db, { table: 'exchanges', key: 'id', signal }, olderThan),

    drain: flush,
  };
}

const lost: Detail = { requestHeaders: {}, requestBody: '', responseHeaders: {}, responseBody: '' };

function toRow(exchange: ExchangeRecord, subject: ExchangeSubject): ExchangeTable {
  const detail: Detail = {
    requestHeaders: exchange.requestHeaders,
    requestBody: exchange.requestBody,
    responseHeaders: exchange.responseHeaders,
    responseBody: exchange.responseBody,
  };
  return {
    id: newRowId(),
    tenant_id: exchange.scope.tenantId,
    connection: exchange.scope.connection,
    feature: exchange.scope.feature,
    attempt_id: subject.attemptId ?? null,
    call_id: subject.callId ?? null,
    number_hash: subject.numberHash ?? null,
    contact_hash: subject.contactHash ?? null,
    method: exchange.method,
    url: exchange.url,
    status: exchange.status,
    error_code: exchange.errorCode,
    duration_ms: Math.round(exchange.durationMs),
    detail: JSON.stringify(detail),
    created_at: exchange.at,
  };
}

function fromRow(store: Store, row: ExchangeTable): LoggedExchange {
  const read = openRow(
    store,
    { tenant: row.tenant_id, table: 'exchanges', row: row.id },
    (): Detail => JSON.parse(row.detail),
  );
  const detail = read ?? lost;
  const request = {
    method: row.method,
    url: row.url,
    headers: detail.requestHeaders,
    body: detail.requestBody,
  };
  return {
    id: row.id,
    at: new Date(row.created_at).toISOString(),
    connection: row.connection,
    feature: row.feature,
    attemptId: row.attempt_id,
    callId: row.call_id,
    ...(!read && { unreadable: true }),
    durationMs: row.duration_ms,
    errorCode: row.error_code,
    request,
    response:
      row.status === null
        ? null
        : { status: row.status, headers: detail.responseHeaders, body: detail.responseBody },
    curl: toCurl(request),
  };
}
