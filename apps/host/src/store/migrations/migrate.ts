import { sql, type Kysely } from 'kysely';
import { StartError } from '../../environment.ts';
import type { Schema } from '../schema.ts';
import { howToCreate, whenReadOnly } from '../unusable-database.ts';
import { spine } from './0001-spine.ts';
import { webhookMessages } from './0002-webhook-messages.ts';
import { results } from './0003-results.ts';
import { mailings } from './0004-mailings.ts';
import { queueClears } from './0005-queue-clears.ts';
import { resultsOutside } from './0006-results-outside.ts';
import { idempotencyHosts } from './0007-idempotency-hosts.ts';
import { mailingsByState } from './0008-mailings-by-state.ts';
import { queueHolders } from './0009-queue-holders.ts';
import { mailingPages } from './0010-mailing-pages.ts';
import { traces } from './0011-traces.ts';
import { callsInDoubt } from './0012-calls-in-doubt.ts';
import { callTurns } from './0013-call-turns.ts';
import { turnsOfTransfers } from './0014-turns-of-transfers.ts';
import { loadConnections } from './0015-load-connections.ts';
import { holdersByConnection } from './0016-holders-by-connection.ts';
import { uncounted } from './0017-uncounted.ts';
import type { Migration } from './migration.ts';

const migrations: readonly Migration[] = [
  spine,
  webhookMessages,
  results,
  mailings,
  queueClears,
  resultsOutside,
  idempotencyHosts,
  mailingsByState,
  queueHolders,
  mailingPages,
  traces,
  callsInDoubt,
  callTurns,
  turnsOfTransfers,
  loadConnections,
  holdersByConnection,
  uncounted,
];

/** An arbitrary number that no other program is likely to lock. */
const advisoryLock = 7_318_204_551;

type Engine = 'sqlite' | 'postgres';

/**
 * Migrates the schema to this version, at every start. Several hosts may do so at once: one works, the others wait and find it done.
 *
 * @throws {StartError} when the database was written by a newer version
 */
export async function migrate(db: Kysely<Schema>, engine: Engine): Promise<void> {
  await db.connection().execute(async (connection) => {
    await begin(connection, engine);
    try {
      await applyMissing(connection, engine);
      await sql`commit`.execute(connection);
    } catch (error) {
      // On a full disk SQLite has rolled back already, and the full disk is what should be reported.
      await sql`rollback`.execute(connection).catch(() => undefined);
      throw error;
    }
  });
}

/** Begins a transaction in which no other host changes the schema. */
async function begin(connection: Kysely<Schema>, engine: Engine): Promise<void> {
  if (engine === 'sqlite') {
    await sql`begin immediate`.execute(connection);
    return;
  }
  await sql`begin`.execute(connection);
  await refuseUnfit(connection);
  // As long as it takes: another host may have to finish, or an index over a large table be built.
  await sql`set local statement_timeout = 0`.execute(connection);
  await sql`select pg_advisory_xact_lock(${sql.lit(advisoryLock)})`.execute(connection);
}

async function applyMissing(connection: Kysely<Schema>, engine: Engine): Promise<void> {
  const applied = await appliedBefore(connection, engine);
  const unknown = [...applied].filter(
    (name) => !migrations.some((migration) => migration.name === name),
  );
  if (unknown.length > 0) {
    throw new StartError(
      `the database was written by a newer version of this host (it has ${unknown.join(', ')}); start that version or a later one`,
    );
  }
  for (const migration of migrations.filter((one) => !applied.has(one.name))) {
    const { name, statements, onPostgres = [] } = migration;
    for (const statement of statements)
      await sql.raw(inDialect(statement, engine)).execute(connection);
    if (engine === 'postgres')
      for (const statement of onPostgres) await sql.raw(statement).execute(connection);
    await sql`insert into schema_history (name, applied_at) values (${name}, ${Date.now()})`.execute(
      connection,
    );
  }
}

/** The names of the migrations in the database. Creates the table that lists them if there is none. */
async function appliedBefore(
  connection: Kysely<Schema>,
  engine: Engine,
): Promise<ReadonlySet<string>> {
  // A role that may only read and write may not even run "if not exists".
  if (!(await hasHistory(connection, engine))) {
    const bigInteger = engine === 'sqlite' ? 'integer' : 'bigint';
    await sql`create table schema_history (name text primary key not null, applied_at ${sql.raw(bigInteger)} not null)`.execute(
      connection,
    );
  }
  const { rows } = await sql<{
    name: string;
  }>`select name from schema_history order by name`.execute(connection);
  return new Set(rows.map(({ name }) => name));
}

/**
 * Refuses a database that a host cannot work with, even if there is nothing to migrate: otherwise it would only show at the first request, or at the first text
 * that the database cannot encode.
 */
async function refuseUnfit(connection: Kysely<Schema>): Promise<void> {
  const { rows } = await sql<{
    read_only: string;
    encoding: string;
  }>`select current_setting('transaction_read_only') as read_only, current_setting('server_encoding') as encoding`.execute(
    connection,
  );
  const [is] = rows;
  if (is?.read_only === 'on') {
    throw new StartError(`environment DATABASE_URL: the database cannot be used; ${whenReadOnly}`);
  }
  if (is?.encoding !== 'UTF8') {
    throw new StartError(
      `environment DATABASE_URL: the database cannot be used (its encoding is ${is?.encoding}, in which not every text can be stored); create one in UTF-8: ${howToCreate}`,
    );
  }
}

async function hasHistory(connection: Kysely<Schema>, engine: Engine): Promise<boolean> {
  const { rows } = await (
    engine === 'postgres'
      ? sql`select 1 where to_regclass('schema_history') is not null`
      : sql`select 1 from sqlite_master where name = 'schema_history'`
  ).execute(connection);
  return rows.length > 0;
}

function inDialect(statement: string, engine: Engine): string {
  if (engine === 'postgres')
    return statement.replaceAll('{big}', 'bigint').replace(' {clustered}', '');
  const text = statement.replaceAll('{big}', 'integer');
  if (!text.startsWith('create table')) return text;
  return text.endsWith('{clustered}')
    ? text.replace('{clustered}', 'strict, without rowid')
    : `${text} strict`;
}
