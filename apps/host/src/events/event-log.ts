import { randomUUID } from 'node:crypto';
import type { AnsweredCall } from '@finaz-telephony/core';
import { createBatch } from '../store/batch.ts';
import { openRow } from '../store/damaged-rows.ts';
import type { EventTable } from '../store/schema.ts';
import type { Store } from '../store/store.ts';
import type { TenantCipher } from '../store/vault.ts';
import { traceHere } from '../tracing.ts';
import type { Tenant } from '../tenants/tenant.ts';
import { deleteEvents } from './delete-events.ts';
import { appendWithPostgres } from './event-log-postgres.ts';
import { appendWithSqlite } from './event-log-sqlite.ts';
import { readTogether, type ReadEvents } from './read-together.ts';

export type EventSource = EventTable['source'];

export interface NewEvent {
  readonly tenant: Tenant;
  readonly source: EventSource;
  readonly connection: string;
  readonly call: AnsweredCall;
}

export interface AppendedEvent {
  readonly eventId: string;
  /** The same event was received before, within the tenant's window; nothing was added. */
  readonly repeated: boolean;
}

export interface StoredEvent {
  readonly id: string;
  readonly seq: number;
  readonly at: number;
  readonly source: EventSource;
  readonly connection: string;
  readonly call: AnsweredCall;
}

/**
 * An event whose content does not open: its row was damaged, or sealed under another key. It keeps its place, so that readers can go past it; of the call only
 * what was not sealed is known.
 */
export interface DamagedEvent
  extends Omit<StoredEvent, 'call'>, Pick<AnsweredCall, 'callId' | 'extension'> {
  readonly call: undefined;
}

/** A row on its way into the log. */
export interface PendingEvent {
  readonly tenantId: string;
  readonly id: string;
  readonly key: string;
  readonly connection: string;
  readonly source: EventSource;
  readonly callId: string;
  readonly extension: string;
  readonly sealed: string;
  readonly at: number;
  /** A repeat counts only if the first came after this moment. */
  readonly repeatSince: number;
  readonly hasWebhook: boolean;
  /** The span in which the event was received, for its webhook; `null` if there is none. */
  readonly trace: string | null;
}

export interface AppendResult {
  readonly eventId: string;
  /** `null` for a repeat: nothing was added. */
  readonly seq: number | null;
}

/** Appends a batch in one transaction. Keys of a batch are distinct. */
export type AppendBatch = (events: readonly PendingEvent[]) => Promise<AppendResult[]>;

/** Answered calls: durable when `append` resolves, in one order without gaps for each tenant. */
export interface EventLog {
  readonly append: (event: NewEvent) => Promise<AppendedEvent>;
  /** Appends all events of one request: all in one commit, or none. */
  readonly appendAll: (events: readonly NewEvent[]) => Promise<AppendedEvent[]>;
  /** Events in the order of the log, beginning after `afterSeq`. */
  readonly read: ReadEvents;
  readonly lastSeq: (tenantId: string) => Promise<number>;
  readonly findByCall: (tenant: Tenant, callId: string) => Promise<(StoredEvent | DamagedEvent)[]>;
  /** The events of an extension between two moments, in the order of time, without damaged ones. */
  readonly answeredBy: (
    tenant: Tenant,
    extension: string,
    from: number,
    until: number,
  ) => Promise<StoredEvent[]>;
  /** The last call that an extension answered since then. */
  readonly lastOf: (
    tenant: Tenant,
    extension: string,
    since: number,
  ) => Promise<StoredEvent | DamagedEvent | undefined>;
  readonly prune: (olderThan: number, signal: AbortSignal) => Promise<number>;
  readonly drain: () => Promise<void>;
}

const place = (eventId: string) => `events/${eventId}`;

/** Room for the longest ids that are allowed. An index of PostgreSQL cannot hold a text of any length. */
const longestKey = 512;

/**
 * Two events with the same key are the same event. The key is kept as text, not as a hash: call ids come in order, so that neighbours in time are neighbours in
 * the index. A contact id may be any text from an adapter. Lone surrogates are replaced here, as the database would do: it could then find the same key twice
 * in one batch. A NUL would make PostgreSQL refuse the whole batch.
 */
function keyOf(cipher: TenantCipher, { callId, extension, contactId }: AnsweredCall): string {
  const key = `${callId}\n${extension}\n${contactId ?? ''}`.toWellFormed();
  return key.length > longestKey || key.includes('\0') ? cipher.hash(key) : key;
}

export function createEventLog(
  store: Store,
  now: () => number,
  onAppended: (tenantId: string, event: StoredEvent) => void,
): EventLog {
  const { native, db } = store;
  const appendBatch: AppendBatch =
    native.engine === 'sqlite' ? appendWithSqlite(native) : appendWithPostgres(native.pool);

  const batch = createBatch<PendingEvent, AppendResult>({
    limit: 500,
    async flush(events) {
      // The same event twice in one batch is one event; both callers hear of it.
      const distinct = new Map<string, PendingEvent>();
      for (const event of events) {
        const key = `${event.tenantId}\n${event.key}`;
        if (!distinct.has(key)) distinct.set(key, event);
      }
      const keys = [...distinct.keys()];
      const results = await appendBatch([...distinct.values()]);
      const byKey = new Map(results.map((result, index) => [keys[index], result]));
      return events.map((event) => {
        const result = byKey.get(`${event.tenantId}\n${event.key}`);
        if (!result) throw new Error('an event of the batch has no result');
        return result.eventId === event.id ? result : { eventId: result.eventId, seq: null };
      });
    },
  });

  function pendingOf({ tenant, source, connection, call }: NewEvent): PendingEvent {
    const { cipher, inbound } = tenant;
    const id = randomUUID();
    const at = now();
    return {
      tenantId: tenant.id,
      id,
      key: keyOf(cipher, call),
      connection,
      source,
      callId: call.callId,
      extension: call.extension,
      sealed: cipher.seal(place(id), JSON.stringify(call)),
      at,
      repeatSince: at - inbound.repeatWindowMs,
      hasWebhook: inbound.webhook !== undefined,
      trace: inbound.webhook === undefined ? null : traceHere(),
    };
  }

  /** Reports a new event through `onAppended`, and makes the result for the caller. */
  function told(event: NewEvent, { id, at }: PendingEvent, result: AppendResult): AppendedEvent {
    const { eventId, seq } = result;
    if (seq === null) return { eventId, repeated: true };
    const { tenant, source, connection, call } = event;
    onAppended(tenant.id, { id, seq, at, source, connection, call });
    return { eventId, repeated: false };
  }

  function toStored(tenant: Tenant, row: EventTable): StoredEvent | DamagedEvent {
    const { id, seq, created_at: at, source, connection } = row;
    const event = { id, seq, at, source, connection };
    const named = { tenant: tenant.id, table: 'events', row: id };
    const call = openRow(store, named, (): AnsweredCall =>
      JSON.parse(tenant.cipher.open(place(id), row.sealed)),
    );
    return call
      ? { ...event, call }
      : { ...event, call, callId: row.call_id, extension: row.extension };
  }

  const eventsOf = ({ id }: Tenant) =>
    db.selectFrom('events').selectAll().where('tenant_id', '=', id);
  const answeredSince = (tenant: Tenant, extension: string, since: number) =>
    eventsOf(tenant).where('extension', '=', extension).where('created_at', '>=', since);

  return {
    async append(event) {
      const pending = pendingOf(event);
      return told(event, pending, await batch.add(pending));
    },

    async appendAll(events) {
      const prepared = events.map((event) => ({ event, pending: pendingOf(event) }));
      const results = await batch.addAll(prepared.map(({ pending }) => pending));
      return results.flatMap((result, index) => {
        const one = prepared[index];
        return one ? [told(one.event, one.pending, result)] : [];
      });
    },

    read: readTogether(async (tenant, afterSeq, limit) => {
      const rows = await eventsOf(tenant)
        .where('seq', '>', afterSeq)
        .orderBy('seq')
        .limit(limit)
        .execute();
      return rows.map((row) => toStored(tenant, row));
    }),

    async lastSeq(tenantId) {
      const row = await db
        .selectFrom('event_counters')
        .select('last')
        .where('tenant_id', '=', tenantId)
        .executeTakeFirst();
      return row?.last ?? 0;
    },

    async findByCall(tenant, callId) {
      const rows = await eventsOf(tenant).where('call_id', '=', callId).orderBy('seq').execute();
      return rows.map((row) => toStored(tenant, row));
    },

    async answeredBy(tenant, extension, from, until) {
      const rows = await answeredSince(tenant, extension, from)
        .where('created_at', '<=', until)
        .orderBy('created_at')
        .execute();
      return rows.map((row) => toStored(tenant, row)).filter((event) => event.call !== undefined);
    },

    async lastOf(tenant, extension, since) {
      const row = await answeredSince(tenant, extension, since)
        .orderBy('created_at', 'desc')
        .orderBy('seq', 'desc')
        .limit(1)
        .executeTakeFirst();
      return row && toStored(tenant, row);
    },

    prune: (olderThan, signal) => deleteEvents(db, olderThan, { signal }),

    drain: batch.drain,
  };
}
