import { randomUUID } from 'node:crypto';
import { Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import type { Logger } from '@finaz-telephony/core';
import { Kysely, PostgresDialect, sql } from 'kysely';
import pg from 'pg';
import { checkNotifications } from './check-notifications.ts';
import { createListeners } from './listeners.ts';
import { migrate } from './migrations/migrate.ts';
import { ModestPool } from './modest-pool.ts';
import { channelName, listenForever } from './postgres-listener.ts';
import type { Schema } from './schema.ts';
import { createDamageTeller } from './damaged-rows.ts';
import type { Store } from './store.ts';
import { unusableDatabase } from './unusable-database.ts';

/** Times and counters are below 2^53, so 64-bit integers come as numbers. */
const types = new pg.TypeOverrides();
types.setTypeParser(pg.types.builtins.INT8, Number);

/** How long a statement may take before the server ends it. */
const longestStatementMs = 30_000;
/** A connection that was silent for longer than any statement may take is broken, whatever TCP says. */
const silentMs = longestStatementMs + 10_000;
const longestCheckMs = 3000;

/**
 * These apply whatever the database or the role has configured. A write that was acknowledged must survive. Of two statements that change the same
 * row, the second waits until its own time is up, and is not refused.
 */
const sessionSettings: Readonly<Record<string, string>> = {
  synchronous_commit: 'on',
  default_transaction_isolation: 'read committed',
  lock_timeout: '0',
  transaction_timeout: '0',
  // Otherwise a host that was idle for long, and becomes active at that moment, would fail.
  idle_session_timeout: '0',
  // Otherwise an unknown value in a list, such as a call id, would be the word NULL.
  array_nulls: 'on',
};

const hostSettings: typeof sessionSettings = {
  ...sessionSettings,
  statement_timeout: String(longestStatementMs),
  // A host that is suspended, or whose machine is gone, must not hold its locks for long: others wait for them.
  idle_in_transaction_session_timeout: '10000',
};

/** As statements, not as connection parameters, which poolers refuse. */
const settled =
  (settings: typeof sessionSettings) =>
  async (client: pg.ClientBase): Promise<void> => {
    const names = Object.keys(settings);
    await client.query(
      // Not every version knows all of them.
      'select set_config(name, value, false) from unnest($1::text[], $2::text[]) as s (name, value) join pg_settings using (name)',
      [names, names.map((name) => settings[name])],
    );
  };

/** On a dedicated connection, which may be silent for longer than any other. @throws {StartError} */
async function bringUpToDate(databaseUrl: string): Promise<void> {
  const pool = new pg.Pool({
    connectionString: databaseUrl,
    application_name: 'finaz-telephony-migrate',
    max: 1,
    connectionTimeoutMillis: 5000,
    keepAlive: true,
    onConnect: settled(sessionSettings),
  });
  // Reported by the statement that it ends; unhandled, it would end the process.
  pool.on('connect', (client) => client.on('error', () => undefined));
  pool.on('error', () => undefined);
  const db = new Kysely<Schema>({ dialect: new PostgresDialect({ pool }) });
  try {
    await checkNotifications(databaseUrl);
    await migrate(db, 'postgres');
  } catch (error) {
    throw unusableDatabase(error);
  } finally {
    await db.destroy();
  }
}

/** The connections of this host. Each is in `sockets` while it is open. */
function createPool(databaseUrl: string, sockets: Set<Socket>, logger: Logger): pg.Pool {
  const pool = new ModestPool({
    connectionString: databaseUrl,
    application_name: 'finaz-telephony',
    max: 16,
    types,
    connectionTimeoutMillis: 5000,
    keepAlive: true,
    stream: () => {
      const socket = new Socket();
      sockets.add(socket);
      socket.once('close', () => sockets.delete(socket));
      return socket.setTimeout(silentMs, () => socket.destroy());
    },
    onConnect: settled(hostSettings),
  });
  // If a connection breaks between two statements of a transaction, nobody listens: unhandled, its error would end the process.
  pool.on('connect', (client) => {
    client.on('error', (error) =>
      logger.debug({ reason: error.message }, 'a connection to the database was lost'),
    );
  });
  pool.on('error', (error) =>
    logger.warn({ reason: error.message }, 'an idle connection to the database was lost'),
  );
  return pool;
}

/** @throws {Error} if the database does not answer soon */
async function checkAnswer(pool: pg.Pool): Promise<void> {
  const late = new AbortController();
  try {
    await Promise.race([
      pool.query('select 1'),
      pause(longestCheckMs, undefined, { signal: late.signal }).then(() => {
        throw new Error('timeout: the database does not answer');
      }),
    ]);
  } finally {
    late.abort();
  }
}

/** One database for any number of hosts. */
export async function openPostgresStore(databaseUrl: string, logger: Logger): Promise<Store> {
  await bringUpToDate(databaseUrl);
  const sockets = new Set<Socket>();
  const pool = createPool(databaseUrl, sockets, logger);
  const db = new Kysely<Schema>({ dialect: new PostgresDialect({ pool }) });
  const listeners = createListeners();
  const self = randomUUID();
  const stopListening = listenForever({
    databaseUrl,
    logger,
    listeners,
    self,
    onSilent() {
      logger.warn(
        { connections: sockets.size },
        'the database does not answer; its connections are given up',
      );
      for (const socket of sockets) socket.destroy();
    },
  });

  return {
    native: { engine: 'postgres', pool },
    db,
    async change(channel, payload, work) {
      try {
        return await db.transaction().execute(async (transaction) => {
          const result = await work(transaction);
          await sql`select pg_notify(${channelName[channel]}, ${`${self} ${payload}`})`.execute(
            transaction,
          );
          return result;
        });
      } finally {
        // Also if the answer to the commit was lost: the change may have been made.
        listeners.tell(channel, payload);
      }
    },
    notify: async (channel, payload) => {
      // The host that wrote must not serve what was before until the server's notification comes back to it.
      listeners.tell(channel, payload);
      await pool.query('select pg_notify($1, $2)', [channelName[channel], `${self} ${payload}`]);
    },
    listen: listeners.add,
    tellDamaged: createDamageTeller(logger),
    check: () => checkAnswer(pool),
    async close() {
      await stopListening();
      await db.destroy();
    },
  };
}
