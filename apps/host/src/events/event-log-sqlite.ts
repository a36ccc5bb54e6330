import type { Database, Statement } from 'better-sqlite3';
import type { SqliteEngine } from '../store/store.ts';
import type { AppendBatch, AppendResult, PendingEvent } from './event-log.ts';

interface Statements {
  readonly remember: Statement<[string, string, string, number, number]>;
  readonly known: Statement<[string, string], { event_id: string }>;
  readonly last: Statement<[string], { last: number }>;
  readonly count: Statement<[string, number]>;
  readonly insert: Statement<
    [string, number, string, string, string, string, string, string, number]
  >;
  readonly deliver: Statement<[string, string, number, string | null]>;
}

function prepare(database: Database): Statements {
  return {
    remember: database.prepare(
      `insert into event_keys (tenant_id, key, event_id, created_at) values (?, ?, ?, ?)
       on conflict (tenant_id, key) do update set event_id = excluded.event_id, created_at = excluded.created_at
       where event_keys.created_at < ?`,
    ),
    known: database.prepare('select event_id from event_keys where tenant_id = ? and key = ?'),
    last: database.prepare('select last from event_counters where tenant_id = ?'),
    count: database.prepare(
      `insert into event_counters (tenant_id, last) values (?, ?)
       on conflict (tenant_id) do update set last = excluded.last`,
    ),
    insert: database.prepare(
      `insert into events (tenant_id, seq, id, connection, source, call_id, extension, sealed, created_at)
       values (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    ),
    deliver: database.prepare(
      `insert into webhook_deliveries (tenant_id, type, subject, state, attempts, next_at, claimed_by, claimed_until, last_error, trace)
       values (?, 'call.answered', ?, 'pending', 0, ?, null, 0, null, ?)`,
    ),
  };
}

/** One transaction, so one fsync, for the whole batch. */
export function appendWithSqlite(native: SqliteEngine): AppendBatch {
  let prepared: Statements | undefined;
  return (events) =>
    native.transaction((database) => {
      prepared ??= prepare(database);
      const statements = prepared;
      const lastSeqs = new Map<string, number>();
      const results = events.map((event) => append(statements, event, lastSeqs));
      for (const [tenantId, last] of lastSeqs) statements.count.run(tenantId, last);
      return results;
    });
}

function append(
  statements: Statements,
  event: PendingEvent,
  lastSeqs: Map<string, number>,
): AppendResult {
  const { tenantId, key, id, at } = event;
  if (statements.remember.run(tenantId, key, id, at, event.repeatSince).changes === 0) {
    return { eventId: statements.known.get(tenantId, key)?.event_id ?? id, seq: null };
  }
  const last = lastSeqs.get(tenantId) ?? statements.last.get(tenantId)?.last ?? 0;
  const seq = last + 1;
  lastSeqs.set(tenantId, seq);
  statements.insert.run(
    tenantId,
    seq,
    id,
    event.connection,
    event.source,
    event.callId,
    event.extension,
    event.sealed,
    at,
  );
  if (event.hasWebhook)
    statements.deliver.run(tenantId, String(seq).padStart(16, '0'), at, event.trace);
  return { eventId: id, seq };
}
