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
/** While it cannot reconnect, all listeners refresh this often: the other connections may still work, for instance if the server accepts no further ones. */
const unheardMs = 5000;
const askEveryMs = 2000;
/** A query this small is answered at once, or not at all. */
const silentMs = 8000;

export interface PostgresListenerOptions {
  readonly databaseUrl: string;
  readonly logger: Logger;
  readonly listeners: Listeners;
  /** This host, whose own notifications were delivered locally. */
  readonly self: string;
  /** The database has stopped answering, though its connections are open. */
  readonly onSilent: () => void;
}

/**
 * A dedicated connection that listens, reconnects whenever it is lost, and checks now and then whether the server still responds: a server that hangs
 * does not break connections, so nobody else would notice.
 *
 * @returns stops it
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

  /** For events the payload is the company alone; for the others, the notifying host and the payload. */
  function hear(channel: string, payload: string): void {
    const [sender, told = '*'] = payload.split(' ');
    if (channel === channelName.events) listeners.tell('events', payload);
    // Its own as well: if the answer to a change was lost, the local notification preceded the change.
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
      // Anything may have happened while nobody listened.
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
