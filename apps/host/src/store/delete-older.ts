import { setImmediate as nextTurn } from 'node:timers/promises';
import { sql, type Kysely, type RawBuilder } from 'kysely';
import { deleteInChunks } from './delete-in-chunks.ts';
import type { Schema } from './schema.ts';

interface Place {
  readonly table:
    | 'exchanges'
    | 'calls'
    | 'events'
    | 'event_keys'
    | 'webhook_deliveries'
    | 'idempotency_keys';
  /** Of this company only; of all, if absent. */
  readonly tenantId?: string;
  /** Which of its rows; all, if absent. */
  readonly only?: RawBuilder<boolean>;
  /** Ends the deletion after the current chunk: a host that shuts down must not wait for millions of rows. */
  readonly signal?: AbortSignal;
}

export interface IndexedByTime extends Place {
  /** The primary key. The table also has an index of company and `created_at`. */
  readonly key: string;
}

export interface InOrder extends Place {
  /** The last column of the primary key, in whose order rows are scanned. */
  readonly key: string;
  readonly time: string;
  /** The key is in order of time, so the first young row is the end. */
  readonly isByTime?: boolean;
}

/** These rows have many indexes: each costs as much as ten others. A hundred exchanges with long bodies take SQLite as long as a thousand other rows. */
const chunkSize = 100;

/** Companies with rows in a table, deleted ones too; found by the index, not by reading the table. */
async function* tenantsIn(db: Kysely<Schema>, table: Place['table']): AsyncGenerator<string> {
  for (let after = ''; ;) {
    const { rows } = await sql<{
      tenant_id: string;
    }>`select tenant_id from ${sql.table(table)} where tenant_id > ${after} order by tenant_id limit 1`.execute(
      db,
    );
    const [next] = rows;
    if (!next) return;
    yield next.tenant_id;
    after = next.tenant_id;
  }
}

const tenantsOf = (db: Kysely<Schema>, table: Place['table'], owner: string | undefined) =>
  owner === undefined ? tenantsIn(db, table) : [owner];

/** Deletes older rows, chunk by chunk, company by company. */
export async function deleteOlder(
  db: Kysely<Schema>,
  { table, key, tenantId: owner, only = sql<boolean>`1 = 1`, signal }: IndexedByTime,
  olderThan: number,
): Promise<number> {
  let deleted = 0;
  for await (const tenantId of tenantsOf(db, table, owner)) {
    if (signal?.aborted) break;
    for (let last = chunkSize; last === chunkSize && !signal?.aborted;) {
      const { numAffectedRows } =
        await sql`delete from ${sql.table(table)} where ${sql.ref(key)} in (
        select ${sql.ref(key)} from ${sql.table(table)} where tenant_id = ${tenantId} and created_at < ${olderThan} and ${only}
        order by created_at limit ${chunkSize})`.execute(db);
      last = Number(numAffectedRows ?? 0n);
      deleted += last;
      await nextTurn();
    }
  }
  return deleted;
}

/** Like {@link deleteOlder}, for a table without an index of times: scans the rows in the order of their key. */
export async function deleteOlderInOrder(
  db: Kysely<Schema>,
  {
    table,
    key,
    time,
    tenantId: owner,
    only = sql<boolean>`1 = 1`,
    isByTime = false,
    signal,
  }: InOrder,
  olderThan: number,
): Promise<number> {
  let deleted = 0;
  for await (const tenantId of tenantsOf(db, table, owner)) {
    if (signal?.aborted) break;
    deleted += await deleteInChunks(db, {
      table,
      of: sql`tenant_id = ${tenantId} and ${only}`,
      key,
      only: sql`${sql.ref(time)} < ${olderThan}`,
      areFirst: isByTime,
      ...(signal && { signal }),
    });
  }
  return deleted;
}
