// Hosts on one PostgreSQL hear of each other through its notifications.
import { connect, createServer } from 'node:net';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { silentLogger } from '../../src/logger.ts';
import { openStore } from '../../src/store/open-store.ts';
import { createApiKeys } from '../../src/tenants/api-keys.ts';
import { listeningPort } from '../support/listening-port.ts';
import { createHostPlace, type HostPlace } from '../support/host-place.ts';

const adminKey = 'ft_admin_key_of_the_tests_0123456789';

/** The parameters of a connection that PgBouncer knows. */
const usual = new Set(['user', 'database', 'client_encoding', 'application_name']);

/**
 * Leads to the database like a pooler: refuses connections with parameters that it does not know, and, in transaction mode, lets everything through but
 * notifications.
 */
async function openPooler(databaseUrl: string, mode: 'session' | 'transaction') {
  const { port, hostname } = new URL(databaseUrl);
  const server = createServer((client) => {
    const upstream = connect(Number(port), hostname);
    client.once('data', (startup: Buffer) => {
      // The length and the version of the protocol, then names and values.
      const words = startup.subarray(8).toString().split('\0');
      const names = words.filter((word, index) => index % 2 === 0 && word !== '');
      if (names.some((name) => !usual.has(name))) {
        client.destroy();
        return;
      }
      upstream.write(startup);
      client.pipe(upstream);
    });
    let rest = Buffer.alloc(0);
    upstream.on('data', (chunk: Buffer) => {
      rest = Buffer.concat([rest, chunk]);
      while (rest.length >= 5 && rest.length > rest.readInt32BE(1)) {
        const length = 1 + rest.readInt32BE(1);
        const message = rest.subarray(0, length);
        rest = rest.subarray(length);
        if (mode === 'session' || message[0] !== 'A'.charCodeAt(0)) client.write(message);
      }
    });
    upstream.on('close', () => client.destroy());
    client.on('close', () => upstream.destroy());
    for (const socket of [client, upstream]) socket.on('error', () => undefined);
  });
  const url = new URL(databaseUrl);
  url.port = String(await listeningPort(server));
  return { url: url.href, close: () => server.close() };
}

describe.skipIf(process.env['DATABASE_URL'] === undefined)(
  'notifications (on PostgreSQL alone, where hosts share a database: npm run test:postgres)',
  () => {
    let place: HostPlace;
    let databaseUrl: string;
    beforeEach(async () => {
      place = await createHostPlace();
      databaseUrl = place.databaseUrl ?? '';
    });
    afterEach(() => place.remove());

    const open = (url: string) =>
      openStore({ databaseUrl: url, dataDir: place.dataDir, logger: silentLogger });

    it('are required: a host does not start if a pooler holds them back, because it would not hear of a revoked key', async () => {
      const way = await openPooler(databaseUrl, 'transaction');
      try {
        await expect(open(way.url)).rejects.toThrow('a pooler in session mode');
      } finally {
        way.close();
      }
    });

    it('come through a pooler in session mode', async () => {
      const way = await openPooler(databaseUrl, 'session');
      try {
        const store = await open(way.url);
        await store.check();
        await store.close();
      } finally {
        way.close();
      }
    });

    it('are not relied on alone: a key revoked while a host cannot listen again soon opens nothing at that host', async () => {
      const [here, there] = [await open(databaseUrl), await open(databaseUrl)];
      const keys = createApiKeys(here, adminKey);
      const server = new pg.Client({ connectionString: process.env['DATABASE_URL'] });
      await server.connect();
      const name = new URL(databaseUrl).pathname.slice(1);
      const listening = async () =>
        (
          await server.query(
            "select 1 from pg_stat_activity where datname = $1 and application_name = 'finaz-telephony-listen' and query = 'listen finaz_mailings'",
            [name],
          )
        ).rowCount;
      try {
        await expect.poll(listening).toBe(2);
        const { id, key } = await keys.create('1042', 'crm');
        const elsewhere = createApiKeys(there, adminKey);
        expect(await elsewhere.authenticate(key)).toMatchObject({ keyId: id });
        await server.query(`alter database ${name} with allow_connections false`);
        await server.query(
          "select pg_terminate_backend(pid) from pg_stat_activity where datname = $1 and application_name = 'finaz-telephony-listen'",
          [name],
        );
        await expect.poll(listening).toBe(0);
        expect(await keys.revoke(id)).toBe(true);
        await expect.poll(() => elsewhere.authenticate(key)).toBeUndefined();
      } finally {
        await server.end();
        await here.close();
        await there.close();
      }
    });
  },
);
