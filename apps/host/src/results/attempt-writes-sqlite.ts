import type { Database, Statement } from 'better-sqlite3';
import type { AttemptTable } from '../store/schema.ts';
import type { SqliteEngine } from '../store/store.ts';
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
import type { SeenRows } from './seen-rows.ts';

interface Statements {
  readonly fence: Statement<[number, string, number, string], { last_seq: number }>;
  readonly insert: Statement;
  readonly find: Statement<[number, string], AttemptTable>;
  readonly rename: Statement<[string, number, number]>;
  readonly update: Statement;
  readonly count: Statement;
  readonly finish: Statement;
}

function prepare(database: Database): Statements {
  return {
    fence: database.prepare(
      'update mailing_results set lease_until = ?, connection = ? where ref = ? and fetch_id = ? returning last_seq',
    ),
    insert: database.prepare(
      `insert into attempts (mailing, seq, key, contact_id, matched_by, number_hash, number, status, call_id, extension, at, duration)
       values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) on conflict do nothing`,
    ),
    find: database.prepare('select * from attempts where mailing = ? and key = ?'),
    rename: database.prepare('update attempts set key = ? where mailing = ? and seq = ?'),
    update: database.prepare(
      `update attempts set contact_id = ?, matched_by = ?, status = ?, call_id = ?, extension = ?, at = ?, duration = ?
       where mailing = ? and seq = ?`,
    ),
    count: database.prepare(
      `insert into attempt_counts (mailing, status, matched_by, count) values (?, ?, ?, ?)
       on conflict (mailing, status, matched_by) do update set count = attempt_counts.count + excluded.count`,
    ),
    finish: database.prepare(
      'update mailing_results set last_seq = ?, latest_at = max(coalesce(latest_at, 0), ?) where ref = ?',
    ),
  };
}

/** One transaction, so one fsync, for the whole chunk. */
export function writeWithSqlite({
  transaction,
}: SqliteEngine): (chunk: AttemptChunk) => Promise<WrittenChunk> {
  let prepared: Statements | undefined;
  return (chunk) =>
    transaction((database) => {
      prepared ??= prepare(database);
      return write(prepared, chunk);
    });
}

function write(statements: Statements, chunk: AttemptChunk): WrittenChunk {
  const { ref, fetchId, leaseUntil, connection, rows, seen, wordOf } = chunk;
  const fence = statements.fence.get(leaseUntil, connection, ref, fetchId);
  if (!fence) throw new FetchLost();
  const counts = new CountChanges();
  let last = fence.last_seq;
  let latest = 0;
  let changed = 0;
  for (const row of rows) {
    latest = Math.max(latest, row.at);
    const known = seen.count < last ? earlierOf(statements, ref, row, seen) : undefined;
    if (!known && insert(statements, ref, last + 1, row)) {
      last += 1;
      seen.add(last, toldBy(row, wordOf));
      counts.add(row, 1);
      continue;
    }
    const found = known ?? statements.find.get(ref, row.key);
    if (!found) throw new Error('an attempt is neither new nor known');
    const stored = toStored(found);
    const merged = mergeAttempts(stored, row, seen.told(stored.seq), wordOf);
    seen.add(stored.seq, toldBy(row, wordOf));
    if (isSameAttempt(stored, merged)) continue;
    changed += 1;
    counts.add(stored, -1);
    counts.add(merged, 1);
    update(statements, ref, merged);
  }
  for (const { status, matchedBy, change } of counts.values()) {
    statements.count.run(ref, status, matchedBy, change);
  }
  statements.finish.run(last, latest, ref);
  return { added: last - fence.last_seq, changed };
}

/**
 * The attempt as an earlier fetch stored it. If the vendor told less of it then, the row gets the key of what it tells now, unless this fetch has seen the row.
 */
function earlierOf(
  { find, rename }: Statements,
  ref: number,
  { key, earlierKeys }: IncomingAttempt,
  seen: SeenRows,
): AttemptTable | undefined {
  const known = find.get(ref, key);
  if (known) return known;
  for (const less of earlierKeys()) {
    const stored = find.get(ref, less);
    if (!stored || seen.has(stored.seq)) continue;
    rename.run(key, ref, stored.seq);
    return stored;
  }
  return undefined;
}

function insert(statements: Statements, ref: number, seq: number, row: IncomingAttempt): boolean {
  return (
    statements.insert.run(
      ref,
      seq,
      row.key,
      row.contactId,
      row.matchedBy,
      row.numberHash,
      row.sealedNumber,
      row.status,
      row.callId,
      row.extension,
      row.at,
      row.duration,
    ).changes > 0
  );
}

function update(statements: Statements, ref: number, row: StoredAttemptRow): void {
  statements.update.run(
    row.contactId,
    row.matchedBy,
    row.status,
    row.callId,
    row.extension,
    row.at,
    row.duration,
    ref,
    row.seq,
  );
}
