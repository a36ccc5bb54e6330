import pg from 'pg';
import type { Logger } from '@finaz-telephony/core';
import type { Listeners } from './listeners.ts';
import type { Channel } from './store.ts';
import { toError } from '../thrown.ts';

/** Notifications of all hosts on one database; other programs may use the same server. */
export const channelName: Readonly<Record<Channel, string>> = {
  tenants: 'finaz_tenants',
  events: 'finaz_events',
  mailings: 'finaz_mailings',
};

const reconnectMs = 1000;
/** While it cannot connect again, everybody looks anew this often: the other connections may still work, as where the server takes no further ones. */
const unheardMs = 5000;
const askEveryMs = 2000;
/** A question this small is answered at once, or not at all. */
const silentMs = 8000;

export interface PostgresListenerOptions {
  readonly databaseUrl: string;
  readonly logger: Logger;
  readonly listeners: Listeners;
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

  function tellMissed(): void {
    toldAt = performance.now();
    listeners.tellMissed();
  }

  /** Of events the payload is the company alone; of the others, the host that tells, and what. */
  function hear(channel: string, payload: string): void {
    const [sender, told = '*'] = payload.split(' ');
    if (channel === channelName.events) listeners.tell('events', payload);
    // Its own, too: where the answer to a change was lost, it told itself before the change was done.
    else if (channel === channelName.tenants) listeners.tell('tenants', told);
    else if (channel === channelName.mailings && sender !== self) listeners.tell('mailings', told);
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
        again(toError(error));
        onSilent();
        await connecting.end().catch(() => undefined);
      }
    };
    connecting.on('error', again);
    connecting.on('end', () => again());
    connecting.on('notification', ({ channel, payload = '*' }) => hear(channel, payload));
    try {
      await connecting.connect();
      for (const name of Object.values(channelName)) await connecting.query(`listen ${name}`);
      // Whatever happened while nobody listened.
      tellMissed();
      timer = setTimeout(() => void ask(), askEveryMs);
    } catch (error) {
      if (!stopped && performance.now() - toldAt > unheardMs) tellMissed();
      again(toError(error));
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
