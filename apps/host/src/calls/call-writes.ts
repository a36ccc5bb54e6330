import type { Database, Statement } from 'better-sqlite3';
import type { Pool } from 'pg';
import { by } from '../store/by-text.ts';
import type { CallTable } from '../store/schema.ts';
import type { NativeStore, SqliteEngine } from '../store/store.ts';

/** What became of an attempt. */
export interface CallUpdate {
  readonly id: string;
  readonly state: CallTable['state'];
  readonly callId: string | null;
  readonly errorCode: string | null;
  /** `null` leaves it as it is. */
  readonly sealed: string | null;
  readonly at: number;
}

/**
 * The two writes of every call, in batches of one commit each. An operator waits for them, so each engine has its own statements. A host that was frozen, or
 * could not write, comes late: its "in doubt" never replaces what other hosts have stored of the call by then.
 */
export interface CallWrites {
  /** Whether each row was written: not if another host has taken its turn, or if it is stored already. Waits for a server that is still storing it. */
  readonly insert: (rows: readonly CallTable[]) => Promise<readonly boolean[]>;
  readonly update: (updates: readonly CallUpdate[]) => Promise<readonly void[]>;
}

export function createCallWrites(native: NativeStore): CallWrites {
  return native.engine === 'sqlite' ? sqliteWrites(native) : postgresWrites(native.pool);
}

const columns = [
  'id',
  'tenant_id',
  'feature',
  'connection',
  'state',
  'call_id',
  'queue',
  'extension',
  'number_hash',
  'sealed',
  'error_code',
  'host_id',
  'turn',
  'turn_hash',
  'created_at',
  'updated_at',
] as const satisfies readonly (keyof CallTable)[];

interface Statements {
  readonly insert: Statement;
  readonly update: Statement;
}

function prepare(database: Database): Statements {
  return {
    insert: database.prepare(
      `insert into calls (${columns.join(', ')}) values (${columns.map(() => '?').join(', ')}) on conflict do nothing`,
    ),
    update: database.prepare(
      `update calls set state = ?, call_id = coalesce(?, call_id), error_code = ?, sealed = coalesce(?, sealed), updated_at = ?
       where id = ? and (? != 'in_doubt' or state in ('sending', 'in_doubt'))`,
    ),
  };
}

function sqliteWrites({ transaction }: SqliteEngine): CallWrites {
  let prepared: Statements | undefined;
  return {
    insert: (rows) =>
      transaction((database) => {
        prepared ??= prepare(database);
        const { insert } = prepared;
        return rows.map((row) => insert.run(...columns.map((column) => row[column])).changes > 0);
      }),
    update: (updates) =>
      transaction((database) => {
        prepared ??= prepare(database);
        const { update } = prepared;
        return updates.map(({ id, state, callId, errorCode, sealed, at }) => {
          update.run(state, callId, errorCode, sealed, at, id, state);
        });
      }),
  };
}

const insertText = `insert into calls (${columns.join(', ')})
  select * from unnest(${columns.map((column, index) => `$${index + 1}::${column === 'turn' || column.endsWith('_at') ? 'bigint' : 'text'}[]`).join(', ')})
  on conflict do nothing returning id`;

/** Never as a named statement: a plan that was cached while the table was small would scan all of it. */
const updateText = `update calls set state = u.state, call_id = coalesce(u.call_id, calls.call_id), error_code = u.error_code, sealed = coalesce(u.sealed, calls.sealed), updated_at = u.at
  from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::bigint[]) as u (id, state, call_id, error_code, sealed, at)
  where calls.id = u.id and (u.state != 'in_doubt' or calls.state in ('sending', 'in_doubt'))`;

/** Without one order, two hosts that write several turns at once could wait for each other. */
const inOrderOfTurns = (rows: readonly CallTable[]): readonly CallTable[] =>
  rows.some(({ turn }) => turn !== null)
    ? rows.toSorted(by(({ turn_hash }) => turn_hash ?? ''))
    : rows;

function postgresWrites(pool: Pool): CallWrites {
  return {
    async insert(rows) {
      const sorted = inOrderOfTurns(rows);
      const written = await pool.query<{ id: string }>({
        name: 'insert-calls',
        text: insertText,
        values: columns.map((column) => sorted.map((row) => row[column])),
      });
      const ids = new Set(written.rows.map(({ id }) => id));
      return rows.map(({ id }) => ids.has(id));
    },
    async update(updates) {
      await pool.query(updateText, [
        updates.map(({ id }) => id),
        updates.map(({ state }) => state),
        updates.map(({ callId }) => callId),
        updates.map(({ errorCode }) => errorCode),
        updates.map(({ sealed }) => sealed),
        updates.map(({ at }) => at),
      ]);
      return updates.map(() => undefined);
    },
  };
}
