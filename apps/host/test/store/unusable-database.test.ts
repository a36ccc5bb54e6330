import { createServer, type Server, type Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { afterEach, expect, it } from 'vitest';
import { silentLogger } from '../../src/logger.ts';
import { openStore } from '../../src/store/open-store.ts';
import { listeningPort } from '../support/listening-port.ts';
import { localhostCertificate } from '../support/localhost-certificate.ts';

let server: Server | undefined;
afterEach(() => {
  server?.close();
});

/** Why a host cannot use a database that answers its first bytes like this. */
async function refusedBy(answer: (socket: Socket) => void, query = ''): Promise<string> {
  server = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    socket.once('data', () => answer(socket));
  });
  const port = await listeningPort(server);
  const databaseUrl = `postgres://finaz:secret-word@127.0.0.1:${port}/crm${query}`;
  return openStore({ databaseUrl, dataDir: '/nowhere', logger: silentLogger }).then(
    () => 'it was opened',
    String,
  );
}

/** An error as PostgreSQL sends it before it accepts a connection. */
function refusal(message: string, code = '28000'): Buffer {
  const fields = Buffer.from(`SFATAL\0VFATAL\0C${code}\0M${message}\0\0`);
  const head = Buffer.from('E\0\0\0\0');
  head.writeInt32BE(fields.length + 4, 1);
  return Buffer.concat([head, fields]);
}

it('an operator is advised to use TLS if the database wants it', async () => {
  const words = 'no pg_hba.conf entry for host "10.0.0.7", user "finaz", no encryption';
  expect(await refusedBy((socket) => socket.end(refusal(words)))).toContain(
    'it wants TLS: add "?sslmode=verify-full" to the address',
  );
});

it('an operator is advised to switch TLS on at the database, or to leave it out of the address, if the database has none', async () => {
  expect(await refusedBy((socket) => socket.write('N'), '?sslmode=verify-full')).toContain(
    'it has no TLS: switch it on there, or take sslmode out of the address',
  );
});

it('an operator is advised where to name the authority if the database has one of its own', async () => {
  const secured = (socket: Socket) => {
    socket.write('S');
    new TLSSocket(socket, { isServer: true, ...localhostCertificate }).on('error', () => undefined);
  };
  expect(await refusedBy(secured, '?sslmode=verify-full')).toContain(
    'add "&sslrootcert=/path/ca.pem" behind "?sslmode=verify-full"',
  );
});

it('an operator is advised to leave out an authority that is not a file, such as "system" of libpq', async () => {
  const query = '?sslmode=verify-full&sslrootcert=system';
  expect(await refusedBy((socket) => socket.end(), query)).toContain(
    "open 'system'); take sslrootcert out of the address where the authority is a public one, or have it name a file that is here",
  );
});

it('an operator is advised to check the address after any other refusal, without being shown the password', async () => {
  const told = await refusedBy((socket) => socket.end(refusal('role "finaz" does not exist')));
  expect(told).toContain('role "finaz" does not exist');
  expect(told).toContain('check address, user, password and rights');
  expect(told).not.toContain('secret-word');
});

it.each([
  ['25006', 'cannot execute LISTEN during recovery', 'give the address of the primary'],
  ['3D000', 'database "crm" does not exist', 'createdb --owner=USER --encoding=UTF8'],
  ['3F000', 'no schema has been selected to create in', 'the search_path of its user'],
  ['42501', 'permission denied for schema public', 'let this user own the database'],
  ['42P07', 'relation "events" already exists', 'a database of its own'],
  ['53300', 'sorry, too many clients already', 'raise max_connections'],
  ['53300', 'too many connections for role "finaz"', 'or the limit of this user or database'],
  ['57P03', 'the database system is starting up', 'start again when it does'],
])('an operator is advised what to do about %s, "%s"', async (code, words, mend) => {
  const told = await refusedBy((socket) => socket.end(refusal(words, code)));
  expect(told).toContain(words);
  expect(told).toContain(mend);
});
