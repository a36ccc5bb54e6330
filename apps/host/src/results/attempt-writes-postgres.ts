import type { Pool, PoolClient } from 'pg';
import { arrayValue } from '../store/postgres-array.ts';
import type { AttemptTable } from '../store/schema.ts';
import {
  CountChanges,
  FetchLost,
  toStored,
  type AttemptChunk,
  type StoredAttemptRow,
  type WrittenChunk,
} from './attempt-writes.ts';
import type { IncomingAttempt } from './attempt-key.ts';
import { isSameAttempt, mergeAttempts, toldBy } from './merge-attempts.ts';

/**
 * One transaction of a few statements, whatever the size of the chunk. Only statements that read no rows are named (prepared): a plan kept from when the table
 * was small would read all of it.
 */
export function writeWithPostgres(pool: Pool): (chunk: AttemptChunk) => Promise<WrittenChunk> {
  return async (chunk) => {
    const client = await pool.connect();
    try {
      await client.query('begin');
      const written = await write(client, chunk);
      await client.query('commit');
      client.release();
      return written;
    } catch (error) {
      // A connection in an unknown state is not given back.
      client.release(true);
      throw error;
    }
  };
}

async function write(client: PoolClient, chunk: AttemptChunk): Promise<WrittenChunk> {
  const { ref, fetchId, leaseUntil, connection, rows, seen, wordOf } = chunk;
  // Also the lock under which places are given out.
  const fence = await client.query<{ last_seq: number }>({
    name: 'fence-results',
    text: 'update mailing_results set lease_until = $1, connection = $2 where ref = $3 and fetch_id = $4 returning last_seq',
    values: [leaseUntil, connection, ref, fetchId],
  });
  const before = fence.rows[0]?.last_seq;
  if (before === undefined) throw new FetchLost();
  const counts = new CountChanges();
  if (seen.count < before) await adopt(client, chunk);
  const places = await insert(client, ref, before, rows);
  const known: IncomingAttempt[] = [];
  let last = before;
  for (const [index, row] of rows.entries()) {
    const seq = before + index + 1;
    if (!places.has(seq)) {
      known.push(row);
      continue;
    }
    last = seq;
    seen.add(seq, toldBy(row, wordOf));
    counts.add(row, 1);
  }
  const changes = known.length === 0 ? [] : await changesOf(client, chunk, known, counts);
  await update(client, ref, changes);
  await count(client, ref, counts);
  await client.query({
    name: 'finish-results-chunk',
    text: 'update mailing_results set last_seq = $1, latest_at = greatest(latest_at, $2) where ref = $3',
    values: [last, rows.reduce((latest, { at }) => Math.max(latest, at), 0), ref],
  });
  return { added: places.size, changed: changes.length };
}

/**
 * Attempts that an earlier fetch stored when the vendor told less of them get the key of what it tells now. Rows that this fetch has seen keep their key, and
 * so does a row whose key the chunk itself contains: otherwise another attempt would be taken for it.
 */
async function adopt(client: PoolClient, { ref, rows, seen }: AttemptChunk): Promise<void> {
  const asked = new Set(rows.flatMap(({ key, earlierKeys }) => [key, ...earlierKeys()]));
  const found = await client.query<Pick<AttemptTable, 'key' | 'seq'>>({
    text: 'select key, seq from attempts where mailing = $1 and key = any($2::text[])',
    values: [ref, arrayValue([...asked])],
  });
  const stored = new Map(found.rows.map(({ key, seq }) => [key, seq]));
  const taken = new Set<number>();
  // One row after the other, as SQLite does.
  const renamed = rows.flatMap(({ key, earlierKeys }) => {
    const own = stored.get(key);
    if (own !== undefined) {
      taken.add(own);
      return [];
    }
    for (const earlier of earlierKeys()) {
      const seq = stored.get(earlier);
      if (seq === undefined || seen.has(seq) || taken.has(seq)) continue;
      stored.delete(earlier);
      stored.set(key, seq);
      taken.add(seq);
      return [{ key, seq }];
    }
    return [];
  });
  if (renamed.length === 0) return;
  const seqs = renamed.map(({ seq }) => seq);
  // First to a value that is no key: a row may get a key that another of these rows still has.
  await client.query({
    text: 'update attempts set key = seq::text where mailing = $1 and seq = any($2::bigint[])',
    values: [ref, seqs],
  });
  await client.query({
    text: `update attempts a set key = r.key from unnest($2::text[], $3::bigint[]) as r (key, seq)
      where a.mailing = $1 and a.seq = r.seq`,
    values: [ref, renamed.map(({ key }) => key), seqs],
  });
}

const columns: readonly (readonly [
  name: string,
  type: string,
  value: (row: IncomingAttempt) => string | number | null,
])[] = [
  ['key', 'text', ({ key }) => key],
  ['contact_id', 'text', ({ contactId }) => contactId],
  ['matched_by', 'text', ({ matchedBy }) => matchedBy],
  ['number_hash', 'text', ({ numberHash }) => numberHash],
  ['number', 'text', ({ sealedNumber }) => sealedNumber],
  ['status', 'bigint', ({ status }) => status],
  ['call_id', 'text', ({ callId }) => callId],
  ['extension', 'text', ({ extension }) => extension],
  ['at', 'bigint', ({ at }) => at],
  ['duration', 'bigint', ({ duration }) => duration],
];
const names = columns.map(([name]) => name).join(', ');
const arrays = columns.map(([, type], index) => `$${index + 3}::${type}[]`).join(', ');

/** Inserts the new attempts. Each row has a place, in order; the place of a known attempt stays empty. @returns the places of the new ones */
async function insert(
  client: PoolClient,
  ref: number,
  before: number,
  rows: readonly IncomingAttempt[],
): Promise<ReadonlySet<number>> {
  const inserted = await client.query<[seq: number]>({
    name: 'insert-attempts',
    text: `insert into attempts (mailing, seq, ${names})
      select $1::bigint, $2::bigint + place, ${names} from unnest(${arrays}) with ordinality as t (${names}, place)
      on conflict (mailing, key) do nothing returning seq`,
    values: [ref, before, ...columns.map(([, , value]) => arrayValue(rows.map(value)))],
    rowMode: 'array',
  });
  return new Set(inserted.rows.map(([seq]) => seq));
}

async function changesOf(
  client: PoolClient,
  { ref, seen, wordOf }: AttemptChunk,
  known: readonly IncomingAttempt[],
  counts: CountChanges,
): Promise<StoredAttemptRow[]> {
  const { rows } = await client.query<AttemptTable>({
    text: 'select * from attempts where mailing = $1 and key = any($2::text[])',
    values: [ref, arrayValue(known.map(({ key }) => key))],
  });
  const incoming = new Map(known.map((row) => [row.key, row]));
  return rows.map(toStored).flatMap((stored) => {
    const row = incoming.get(stored.key);
    if (!row) return [];
    const merged = mergeAttempts(stored, row, seen.told(stored.seq), wordOf);
    seen.add(stored.seq, toldBy(row, wordOf));
    if (isSameAttempt(stored, merged)) return [];
    counts.add(stored, -1);
    counts.add(merged, 1);
    return [merged];
  });
}

async function update(
  client: PoolClient,
  ref: number,
  rows: readonly StoredAttemptRow[],
): Promise<void> {
  if (rows.length === 0) return;
  await client.query({
    text: `update attempts set contact_id = u.contact_id, matched_by = u.matched_by, status = u.status, call_id = u.call_id,
        extension = u.extension, at = u.at, duration = u.duration
      from unnest($2::bigint[], $3::text[], $4::text[], $5::bigint[], $6::text[], $7::text[], $8::bigint[], $9::bigint[])
        as u (seq, contact_id, matched_by, status, call_id, extension, at, duration)
      where attempts.mailing = $1 and attempts.seq = u.seq and attempts.seq between $10 and $11`,
    values: [
      ref,
      rows.map(({ seq }) => seq),
      rows.map(({ contactId }) => contactId),
      rows.map(({ matchedBy }) => matchedBy),
      rows.map(({ status }) => status),
      rows.map(({ callId }) => callId),
      rows.map(({ extension }) => extension),
      rows.map(({ at }) => at),
      rows.map(({ duration }) => duration),
      rows.reduce((first, { seq }) => Math.min(first, seq), Number.MAX_SAFE_INTEGER),
      rows.reduce((last, { seq }) => Math.max(last, seq), 0),
    ],
  });
}

async function count(client: PoolClient, ref: number, counts: CountChanges): Promise<void> {
  const changes = counts.values();
  if (changes.length === 0) return;
  await client.query({
    name: 'count-attempts',
    text: `insert into attempt_counts (mailing, status, matched_by, count)
      select $1, * from unnest($2::bigint[], $3::text[], $4::bigint[])
      on conflict (mailing, status, matched_by) do update set count = attempt_counts.count + excluded.count`,
    values: [
      ref,
      changes.map(({ status }) => status),
      changes.map(({ matchedBy }) => matchedBy),
      changes.map(({ change }) => change),
    ],
  });
}
