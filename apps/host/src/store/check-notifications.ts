import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { StartError } from '../environment.ts';

const channel = 'finaz_start';
const longestMs = 5000;

/**
 * Sends itself a notification and waits for it. Behind a pooler that uses another connection for each transaction, the server accepts `listen`, but nothing
 * ever arrives: a host would go on using revoked keys and outdated documents.
 *
 * @throws {StartError} if the notification does not arrive
 */
export async function checkNotifications(databaseUrl: string): Promise<void> {
  const connect = async () => {
    const client = new pg.Client({
      connectionString: databaseUrl,
      application_name: 'finaz-telephony-start',
      connectionTimeoutMillis: longestMs,
      query_timeout: longestMs,
    });
    client.on('error', () => undefined);
    await client.connect();
    return client;
  };
  const told = randomUUID();
  const listening = await connect();
  const late = new AbortController();
  try {
    const heard = new Promise<true>((resolve) => {
      listening.on('notification', ({ payload }) => {
        if (payload === told) resolve(true);
      });
    });
    await listening.query(`listen ${channel}`);
    const telling = await connect();
    try {
      await telling.query('select pg_notify($1, $2)', [channel, told]);
    } finally {
      await telling.end();
    }
    const isHeard = await Promise.race([heard, pause(longestMs, false, { signal: late.signal })]);
    if (!isHeard) {
      throw new StartError(
        'environment DATABASE_URL: the database accepts "listen", but delivers no notifications; give the address of PostgreSQL itself, or of a pooler in session mode (PgBouncer: pool_mode=session)',
      );
    }
  } finally {
    late.abort();
    await listening.end();
  }
}
