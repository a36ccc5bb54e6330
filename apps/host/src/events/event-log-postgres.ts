import type { Pool } from 'pg';
import type { AppendBatch, AppendResult, PendingEvent } from './event-log.ts';

/**
 * The whole batch in one statement, so in one round trip and one commit. The counter's row is locked until the commit, which makes the numbers
 * of a tenant follow the order of commits without gaps, whichever host they come from. Rows are ordered, so that two hosts lock in the same order.
 */
const statement = `
with input as (
  select * from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
    $9::bigint[], $10::bigint[], $11::boolean[], $12::text[])
  with ordinality as t (tenant_id, key, id, connection, source, call_id, extension, sealed,
    at, repeat_since, has_webhook, trace, position)
), fresh as (
  insert into event_keys (tenant_id, key, event_id, created_at)
  select tenant_id, key, id, at from input order by tenant_id, key
  on conflict (tenant_id, key) do update set event_id = excluded.event_id, created_at = excluded.created_at
  where event_keys.created_at < excluded.created_at - (select i.at - i.repeat_since from input i where i.tenant_id = excluded.tenant_id limit 1)
  returning event_id
), accepted as (
  select input.*, row_number() over (partition by tenant_id order by position) as rank, count(*) over (partition by tenant_id) as of_tenant
  from input join fresh on fresh.event_id = input.id
), counted as (
  insert into event_counters (tenant_id, last)
  select distinct tenant_id, of_tenant from accepted order by tenant_id
  on conflict (tenant_id) do update set last = event_counters.last + excluded.last
  returning tenant_id, last
), numbered as (
  select a.*, c.last - a.of_tenant + a.rank as seq from accepted a join counted c on c.tenant_id = a.tenant_id
), stored as (
  insert into events (tenant_id, seq, id, connection, source, call_id, extension, sealed, created_at)
  select tenant_id, seq, id, connection, source, call_id, extension, sealed, at from numbered
  returning id, seq
), delivered as (
  insert into webhook_deliveries (tenant_id, type, subject, state, attempts, next_at, claimed_until, trace)
  select tenant_id, 'call.answered', lpad(seq::text, 16, '0'), 'pending', 0, at, 0, trace from numbered where has_webhook
), told as (
  select count(pg_notify('finaz_events', tenant_id)) as tenants from (select distinct tenant_id from accepted) t
)
select stored.id, stored.seq from stored, told`;

export function appendWithPostgres(pool: Pool): AppendBatch {
  return async (events) => {
    const { rows } = await pool.query<{ id: string; seq: number }>({
      name: 'append-events',
      text: statement,
      values: columns(events),
    });
    const seqs = new Map(rows.map((row) => [row.id, row.seq]));
    const repeats = events.filter((event) => !seqs.has(event.id));
    const firstIds =
      repeats.length === 0 ? new Map<string, string>() : await findFirst(pool, repeats);
    return events.map((event): AppendResult => {
      const seq = seqs.get(event.id);
      return seq === undefined
        ? { eventId: firstIds.get(`${event.tenantId}\n${event.key}`) ?? event.id, seq: null }
        : { eventId: event.id, seq };
    });
  };
}

async function findFirst(
  pool: Pool,
  repeats: readonly PendingEvent[],
): Promise<Map<string, string>> {
  const { rows } = await pool.query<{ tenant_id: string; key: string; event_id: string }>(
    `select k.tenant_id, k.key, k.event_id from event_keys k
      join unnest($1::text[], $2::text[]) as t (tenant_id, key) on t.tenant_id = k.tenant_id and t.key = k.key`,
    [repeats.map((event) => event.tenantId), repeats.map((event) => event.key)],
  );
  return new Map(rows.map((row) => [`${row.tenant_id}\n${row.key}`, row.event_id]));
}

function columns(events: readonly PendingEvent[]): unknown[] {
  return [
    events.map((event) => event.tenantId),
    events.map((event) => event.key),
    events.map((event) => event.id),
    events.map((event) => event.connection),
    events.map((event) => event.source),
    events.map((event) => event.callId),
    events.map((event) => event.extension),
    events.map((event) => event.sealed),
    events.map((event) => event.at),
    events.map((event) => event.repeatSince),
    events.map((event) => event.hasWebhook),
    events.map((event) => event.trace),
  ];
}
