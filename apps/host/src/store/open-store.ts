import type { Logger } from '@finaz-telephony/core';
import { openPostgresStore } from './postgres-store.ts';
import { openSqliteStore } from './sqlite-store.ts';
import type { Store } from './store.ts';

export interface StoreOptions {
  /** `postgres://…`; without it, SQLite in `dataDir`. */
  readonly databaseUrl: string | undefined;
  readonly dataDir: string;
  readonly logger: Logger;
}

/**
 * Opens the store and brings its schema up to date.
 *
 * @throws {StartError}
 */
export function openStore({ databaseUrl, dataDir, logger }: StoreOptions): Promise<Store> {
  return databaseUrl === undefined
    ? openSqliteStore(dataDir, logger)
    : openPostgresStore(databaseUrl, logger);
}
