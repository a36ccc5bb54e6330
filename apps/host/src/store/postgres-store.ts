import { randomUUID } from 'node:crypto';
import type { Logger } from '@finaz-telephony/core';
import { Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import { StartError } from '../environment.ts';
import { createListeners } from './listeners.ts';
import { migrate } from './migrations/migrate.ts';
import type { Schema } from './schema.ts';
import type { Channel, Store } from './store.ts';

/** Notifications of all hosts on one database; other programs may use the same server. */
const channelName: Readonly<Record<Channel, string>> = {
  tenants: 'finaz_tenants',
  events: 'finaz_events',
  mailings: 'finaz_mailings',
};

/** Times and counters are below 2^53, so 64-bit integers come as numbers. */
const types = new pg.TypeOverrides();
types.setTypeParser(pg.types.builtins.INT8, Number);

/** One database for any number of hosts. */
export async function openPostgresStore(databaseUrl: string, logger: Logger): Promise<Store> {
  const pool = new pg.Pool({
    connectionString: databaseUrl,
    application_name: 'finaz-telephony',
    max: 16,
    types,
    connectionTimeoutMillis: 5000,
    statement_timeout: 30_000,
    // A host that is frozen, or whose machine is gone, must not hold its locks for long: others wait for them.
    idle_in_transaction_session_timeout: 10_000,
    keepAlive: true,
    // Whatever the server's default is: an acknowledged write must survive.
    options: '-c synchronous_commit=on',
  });
  // A connection that breaks between two statements of one transaction belongs to nobody who listens: unheard, its error would end the process.
  pool.on('connect', (client) => {
    client.on('error', (error) =>
      logger.debug({ reason: error.message }, 'a connection to the database was lost'),
    );
  });
  pool.on('error', (error) =>
    logger.warn({ reason: error.message }, 'an idle connection to the database was lost'),
  );
  const db = new Kysely<Schema>({ dialect: new PostgresDialect({ pool }) });
  try {
    await migrate(db, 'postgres');
  } catch (error) {
    await pool.end();
    if (error instanceof StartError) throw error;
    throw new StartError(
      `environment DATABASE_URL: the database cannot be used (${error instanceof Error ? error.message || String(error) : String(error)}); check address, user, password and rights`,
      { cause: error },
    );
  }
  const listeners = createListeners();
  const self = randomUUID();
  const stopListening = listenForever(databaseUrl, logger, listeners, self);

  return {
    native: { engine: 'postgres', pool },
    db,
    notify: async (channel, payload) => {
      // The host that wrote must not serve what was before until the server's notification comes back to it.
      listeners.tell(channel, payload);
      await pool.query('select pg_notify($1, $2)', [channelName[channel], `${self} ${payload}`]);
    },
    listen: listeners.add,
    check: async () => {
      await pool.query('select 1');
    },
    async close() {
      await stopListening();
      await db.destroy();
    },
  };
}

const reconnectMs = 1000;

/** One connection of its own that listens, and comes back whenever it is lost. */
function listenForever(
  databaseUrl: string,
  logger: Logger,
  listeners: ReturnType<typeof createListeners>,
  self: string,
): () => Promise<void> {
  let client: pg.Client | undefined;
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;

  async function connect(): Promise<void> {
    const connecting = new pg.Client({
      connectionString: databaseUrl,
      application_name: 'finaz-telephony-listen',
      keepAlive: true,
      connectionTimeoutMillis: 5000,
    });
    client = connecting;
    const again = (error?: Error) => {
      if (stopped || client !== connecting) return;
      client = undefined;
      if (error)
        logger.warn(
          { reason: error.message },
          'notifications of the database were lost; connecting again',
        );
      timer = setTimeout(() => void connect(), reconnectMs);
    };
    connecting.on('error', again);
    connecting.on('end', () => again());
    connecting.on('notification', ({ channel, payload = '*' }) => {
      if (channel === channelName.events) listeners.tell('events', payload);
      const [sender, told = '*'] = payload.split(' ');
      if (sender === self) return;
      if (channel === channelName.tenants) listeners.tell('tenants', told);
      if (channel === channelName.mailings) listeners.tell('mailings', told);
    });
    try {
      await connecting.connect();
      await connecting.query(`listen ${channelName.tenants}`);
      await connecting.query(`listen ${channelName.events}`);
      await connecting.query(`listen ${channelName.mailings}`);
      // Whatever happened while nobody listened.
      listeners.tellAll('*');
    } catch (error) {
      again(error instanceof Error ? error : new Error(String(error)));
      await connecting.end().catch(() => undefined);
    }
  }

  void connect();
  return async () => {
    stopped = true;
    clearTimeout(timer);
    await client?.end().catch(() => undefined);
  };
}
