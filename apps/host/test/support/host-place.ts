import { randomBytes } from 'node:crypto';
import { cp, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { silentLogger } from '../../src/logger.ts';
import { openStore } from '../../src/store/open-store.ts';
import type { Store } from '../../src/store/store.ts';

/** Where a host of a test keeps what it has. */
export interface HostPlace {
  readonly dataDir: string;
  readonly databaseUrl: string | undefined;
  /** For the environment of the host, which may send to this machine. */
  readonly variables: Readonly<Record<string, string>>;
  /** Makes a backup, while no host runs. @returns puts it back in the place of what has come since, once */
  readonly backUp: () => Promise<() => Promise<void>>;
  readonly remove: () => Promise<void>;
}

export interface PlaceOptions {
  /** Also where there is a PostgreSQL. */
  readonly engine?: 'sqlite';
  /** Behind `create database NAME`. */
  readonly databaseOptions?: string;
}

/** A folder of its own, for SQLite; where `DATABASE_URL` names a PostgreSQL (`npm run test:postgres` starts one), a new database on that, too. */
export async function createHostPlace({
  engine,
  databaseOptions = '',
}: PlaceOptions = {}): Promise<HostPlace> {
  const dataDir = await mkdtemp(join(tmpdir(), 'finaz-test-'));
  const server = engine === 'sqlite' ? undefined : process.env['DATABASE_URL'];
  const name = `test_${randomBytes(6).toString('hex')}`;
  if (server !== undefined) await onServer(server, `create database ${name} ${databaseOptions}`);
  const databaseUrl = server === undefined ? undefined : databaseOn(server, name);
  return {
    dataDir,
    databaseUrl,
    variables: {
      DATA_DIR: dataDir,
      MASTER_KEY: randomBytes(32).toString('base64'),
      EGRESS_ALLOW: '127.0.0.0/8',
      ...(databaseUrl !== undefined && { DATABASE_URL: databaseUrl }),
    },
    backUp: () => (server === undefined ? copyFile(dataDir) : copyDatabase(server, name)),
    async remove() {
      if (server !== undefined) await onServer(server, `drop database ${name} with (force)`);
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

async function copyFile(dataDir: string): Promise<() => Promise<void>> {
  const backup = join(dataDir, 'backup');
  const files = (await readdir(dataDir)).filter((file) => file.startsWith('telephony.sqlite'));
  for (const file of files) await cp(join(dataDir, file), join(backup, file));
  return async () => {
    for (const end of ['', '-wal', '-shm'])
      await rm(join(dataDir, `telephony.sqlite${end}`), { force: true });
    await cp(backup, dataDir, { recursive: true });
  };
}

async function copyDatabase(server: string, name: string): Promise<() => Promise<void>> {
  const backup = `${name}_backup`;
  await onServer(server, `create database ${backup} template ${name}`);
  return async () => {
    await onServer(server, `drop database ${name} with (force)`);
    await onServer(server, `alter database ${backup} rename to ${name}`);
  };
}

/** A store without a host. */
export async function openTestStore(): Promise<{
  readonly store: Store;
  readonly close: () => Promise<void>;
}> {
  const { dataDir, databaseUrl, remove } = await createHostPlace();
  const store = await openStore({ dataDir, databaseUrl, logger: silentLogger });
  return {
    store,
    async close() {
      await store.close();
      await remove();
    },
  };
}

function databaseOn(server: string, name: string): string {
  const url = new URL(server);
  url.pathname = `/${name}`;
  return url.href;
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
