import pg from 'pg';
import type { Logger } from '@finaz-telephony/core';
import type { createListeners } from './listeners.ts';
import type { Channel } from './store.ts';

/** Notifications of all hosts on one database; other programs may use the same server. */
export const channelName: Readonly<Record<Channel, string>> = {
  tenants: 'finaz_tenants',
  events: 'finaz_events',
  mailings: 'finaz_mailings',
};

const reconnectMs = 1000;
/** As long as it cannot come back, everybody looks anew this often: other connections may be open, as where the server takes no further ones. */
const unheardMs = 5000;
const askEveryMs = 2000;
/** A question this small is answered at once, or not at all. */
const silentMs = 8000;

export interface PostgresListenerOptions {
  readonly databaseUrl: string;
  readonly logger: Logger;
  readonly listeners: ReturnType<typeof createListeners>;
  /** This host, whose own notifications it has heard already. */
  readonly self: string;
  /** The database has stopped to answer, though its connections are open. */
  readonly onSilent: () => void;
}

/**
 * One connection of its own that listens, comes back whenever it is lost, and asks now and then whether anybody is still there: a server that hangs
 * breaks no connection, so that nobody else would notice.
 *
 * @returns the way to stop
 */
export function listenForever(options: PostgresListenerOptions): () => Promise<void> {
  const { databaseUrl, logger, listeners, self, onSilent } = options;
  let client: pg.Client | undefined;
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  let toldAt = performance.now();

  function tellAll(): void {
    toldAt = performance.now();
    listeners.tellAll('*');
  }

  async function connect(): Promise<void> {
    const connecting = new pg.Client({
      connectionString: databaseUrl,
      application_name: 'finaz-telephony-listen',
      keepAlive: true,
      connectionTimeoutMillis: 5000,
      query_timeout: silentMs,
    });
    client = connecting;
    const again = (error?: Error) => {
      if (stopped || client !== connecting) return;
      client = undefined;
      clearTimeout(timer);
      if (error)
        logger.warn(
          { reason: error.message },
          'notifications of the database were lost; connecting again',
        );
      timer = setTimeout(() => void connect(), reconnectMs);
    };
    const ask = async () => {
      try {
        await connecting.query('select 1');
        if (!stopped && client === connecting) timer = setTimeout(() => void ask(), askEveryMs);
      } catch (error) {
        if (stopped || client !== connecting) return;
        again(error instanceof Error ? error : new Error(String(error)));
        onSilent();
        await connecting.end().catch(() => undefined);
      }
    };
    connecting.on('error', again);
    connecting.on('end', () => again());
    connecting.on('notification', ({ channel, payload = '*' }) => {
      if (channel === channelName.events) listeners.tell('events', payload);
      const [sender, told = '*'] = payload.split(' ');
      // Its own too: of a change whose answer was lost it has heard before it was done.
      if (channel === channelName.tenants) listeners.tell('tenants', told);
      if (sender === self) return;
      if (channel === channelName.mailings) listeners.tell('mailings', told);
    });
    try {
      await connecting.connect();
      for (const name of Object.values(channelName)) await connecting.query(`listen ${name}`);
      // Whatever happened while nobody listened.
      tellAll();
      timer = setTimeout(() => void ask(), askEveryMs);
    } catch (error) {
      if (!stopped && performance.now() - toldAt > unheardMs) tellAll();
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
