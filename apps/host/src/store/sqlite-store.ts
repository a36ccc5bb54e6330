import { chmodSync, closeSync, openSync } from 'node:fs';
import { basename, join } from 'node:path';
import Database from 'better-sqlite3';
import type { Logger } from '@finaz-telephony/core';
import { Kysely, SqliteDialect } from 'kysely';
import { StartError } from '../environment.ts';
import { mostLogPages, startCheckpoints } from './checkpoints.ts';
import { DurableSqliteDialect } from './durable-sqlite-dialect.ts';
import { createGroupCommit } from './group-commit.ts';
import { keepStatements } from './kept-statements.ts';
import { createListeners } from './listeners.ts';
import { createLogSync } from './log-sync.ts';
import { makeFolder } from './make-folder.ts';
import { migrate } from './migrations/migrate.ts';
import { keepToFiles } from './same-files.ts';
import type { Schema } from './schema.ts';
import { tellStatistics } from './sqlite-statistics.ts';
import { createDamageTeller } from './damaged-rows.ts';
import type { Store } from './store.ts';
import { unopenedFile } from './unopened-file.ts';

/** How often writes of other processes are looked for. */
const foreignWritesMs = 500;

/** The database of a data folder, brought up to date. @throws {StartError} */
async function openDatabase(file: string, dataDir: string): Promise<Database.Database> {
  let database: Database.Database;
  try {
    makeFolder(dataDir);
    database = new Database(file);
    chmodSync(file, 0o600);
  } catch (error) {
    throw unopenedFile(file, error);
  }
  try {
    database.pragma('busy_timeout = 5000');
    database.pragma('journal_mode = WAL');
    database.pragma('synchronous = FULL');
    await migrate(new Kysely<Schema>({ dialect: new SqliteDialect({ database }) }), 'sqlite');
    tellStatistics(database);
  } catch (error) {
    database.close();
    throw unusableFile(file, error);
  }
  // From here on the store syncs by itself.
  database.pragma('synchronous = NORMAL');
  // 4 MB: what is not here is in the cache of the system.
  database.pragma('cache_size = -4000');
  database.pragma(`wal_autocheckpoint = ${mostLogPages}`);
  return database;
}

/** Calls back when another process, such as a command, has written. @returns stops watching */
function watchForeignWrites(database: Database.Database, onWritten: () => void): () => void {
  let seen = database.pragma('data_version', { simple: true });
  const watch = setInterval(() => {
    const version = database.pragma('data_version', { simple: true });
    if (version === seen) return;
    seen = version;
    onWritten();
  }, foreignWritesMs);
  watch.unref();
  return () => clearInterval(watch);
}

/** One file, durable at every acknowledged write. */
export async function openSqliteStore(dataDir: string, logger: Logger): Promise<Store> {
  const file = join(dataDir, 'telephony.sqlite');
  const database = await openDatabase(file, dataDir);
  const checkpoints = startCheckpoints(file);
  const logFile = openSync(`${file}-wal`, 'r+');
  const checkPlace = keepToFiles([file, `${file}-wal`]);
  const log = createLogSync({ database, logFile, checkPlace });
  // Set by work that holds the connection and syncs later, once the connection is free for others.
  let syncsLater = false;
  const db = new Kysely<Schema>({
    dialect: new DurableSqliteDialect({ database: keepStatements(database) }, () => {
      if (!syncsLater) return log.sync();
      syncsLater = false;
      return Promise.resolve();
    }),
  });
  const { transaction, note } = createGroupCommit({
    database,
    // Through Kysely's own queue for the connection: a synchronous statement in the middle of an awaited transaction would become part of it.
    exclusively: (run) =>
      db.connection().execute(async () => {
        syncsLater = true;
        run();
      }),
    sync: log.sync,
  });

  const listeners = createListeners();
  const stopWatching = watchForeignWrites(database, listeners.tellMissed);

  return {
    native: { engine: 'sqlite', transaction, note },
    db,
    async change(channel, payload, work) {
      const result = await db.transaction().execute(work);
      listeners.tell(channel, payload);
      return result;
    },
    notify: async (channel, payload) => listeners.tell(channel, payload),
    listen: listeners.add,
    tellDamaged: createDamageTeller(logger),
    check: async () => {
      database.prepare('select 1').get();
      checkPlace();
    },
    async close() {
      stopWatching();
      await db.destroy();
      await checkpoints.close();
      closeSync(logFile);
    },
  };
}

/** Explains SQLite's error about a file. Any other error is a defect of ours, and stays as it is. */
function unusableFile(file: string, error: unknown): unknown {
  return error instanceof Database.SqliteError
    ? new StartError(
        `environment DATA_DIR: ${file} cannot be used (${error.message}); look whether the disk is full or damaged. Where it is, move it away together with ${basename(file)}-wal and ${basename(file)}-shm, which would damage another file in its place, and put a backup there`,
      )
    : error;
}
