import type { AttemptTable } from '../store/schema.ts';
import type { IncomingAttempt } from './attempt-key.ts';
import type { MutableAttempt, StatusWord } from './merge-attempts.ts';
import type { SeenRows } from './seen-rows.ts';

/** Attempts that are stored together, in one commit. */
export interface AttemptChunk {
  readonly ref: number;
  /** Only the fetch that holds the lease may write. */
  readonly fetchId: string;
  readonly leaseUntil: number;
  /** The connection that the attempts come from. */
  readonly connection: string;
  readonly rows: readonly IncomingAttempt[];
  readonly seen: SeenRows;
  readonly wordOf: StatusWord;
}

export interface StoredAttemptRow extends MutableAttempt {
  readonly seq: number;
  readonly key: string;
}

export function toStored(row: AttemptTable): StoredAttemptRow {
  return {
    seq: row.seq,
    key: row.key,
    contactId: row.contact_id,
    matchedBy: row.matched_by,
    status: row.status,
    callId: row.call_id,
    extension: row.extension,
    at: row.at,
    duration: row.duration,
  };
}

export interface WrittenChunk {
  /** Attempts that were not known before. */
  readonly added: number;
  /** Known attempts of which the report told something new. */
  readonly changed: number;
}

/** Another host has taken this fetch over: whatever this one still reads is discarded. */
export class FetchLost extends Error {
  override readonly name = 'FetchLost';

  constructor() {
    super('another host has taken over this fetch of results');
  }
}

/** Changes of the counts, by status and match, that go with a chunk. */
export class CountChanges {
  readonly #changes = new Map<string, { status: number; matchedBy: string; change: number }>();

  add({ status, matchedBy }: Pick<MutableAttempt, 'status' | 'matchedBy'>, change: number): void {
    const key = `${status} ${matchedBy}`;
    const known = this.#changes.get(key) ?? { status, matchedBy, change: 0 };
    known.change += change;
    this.#changes.set(key, known);
  }

  values() {
    return [...this.#changes.values()].filter(({ change }) => change !== 0);
  }
}
