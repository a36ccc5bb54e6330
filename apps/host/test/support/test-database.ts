import { randomBytes } from 'node:crypto';
import pg from 'pg';

/** Variables that make a host use a database of its own, and the way to take that away again. */
export interface TestDatabase {
  readonly environment: Readonly<Record<string, string>>;
  readonly drop: () => Promise<void>;
}

/**
 * SQLite in the host's own folder; where `DATABASE_URL` names a PostgreSQL (`npm run test:postgres` starts one), a new database on that.
 */
export async function createTestDatabase(): Promise<TestDatabase> {
  const server = process.env['DATABASE_URL'];
  if (server === undefined) return { environment: {}, drop: async () => undefined };
  const name = `test_${randomBytes(6).toString('hex')}`;
  const url = new URL(server);
  url.pathname = `/${name}`;
  await onServer(server, `create database ${name}`);
  return {
    environment: { DATABASE_URL: url.href, MASTER_KEY: randomBytes(32).toString('base64') },
    drop: () => onServer(server, `drop database ${name} with (force)`),
  };
}

async function onServer(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
