import type { Database as SqliteDatabase } from 'better-sqlite3';
import type { Kysely, Transaction } from 'kysely';
import type { Pool } from 'pg';
import type { DamagedRow } from './damaged-rows.ts';
import type { Schema } from './schema.ts';

/**
 * What hosts notify each other of. `tenants`: a tenant's document, secrets or keys changed (payload: tenant id, or `*`). `events`: a tenant has new
 * events (payload: tenant id). `mailings`: there is work on a mailing (payload: mailing id).
 */
export type Channel = 'tenants' | 'events' | 'mailings';

export interface SqliteEngine {
  readonly engine: 'sqlite';
  /** Runs synchronous work as one transaction on the single connection; resolves once it is on disk. */
  readonly transaction: <Result>(work: (database: SqliteDatabase) => Result) => Promise<Result>;
  /** The same without waiting for the disk: for records such as a log, which are not acknowledged to anybody. */
  readonly note: <Result>(work: (database: SqliteDatabase) => Result) => Promise<Result>;
}

/** The engine's own handle, for the few hot statements that are written per engine. */
export type NativeStore = SqliteEngine | { readonly engine: 'postgres'; readonly pool: Pool };

/** Where everything durable lives. An acknowledged write survives `kill -9` and power failure. */
export interface Store {
  readonly native: NativeStore;
  /** Typed SQL over the subset that both engines share. */
  readonly db: Kysely<Schema>;
  /**
   * Changes something that hosts cache, and notifies all of them in the same commit: a host that died between the two would leave the others with stale
   * data for ever.
   */
  readonly change: <Result>(
    channel: Channel,
    payload: string,
    work: (transaction: Transaction<Schema>) => Promise<Result>,
  ) => Promise<Result>;
  /** Notifies every host on this database, this one at once. */
  readonly notify: (channel: Channel, payload: string) => Promise<void>;
  /**
   * Calls back for every notification, and with `*` whenever some may have been missed (reconnection; on SQLite, a write by another
   * process). Returns the way to stop.
   */
  readonly listen: (channel: Channel, handler: (payload: string) => void) => () => void;
  /** Logs a row that does not open, once. */
  readonly tellDamaged: (row: DamagedRow, error: unknown) => void;
  /** Fails if the database cannot be reached. */
  readonly check: () => Promise<void>;
  readonly close: () => Promise<void>;
}
