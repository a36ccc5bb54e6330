import type { Database, Statement } from 'better-sqlite3';
import type { ExchangeTable } from '../store/schema.ts';
import type { NativeStore } from '../store/store.ts';

const columns = [
  'id',
  'tenant_id',
  'connection',
  'feature',
  'attempt_id',
  'call_id',
  'number_hash',
  'contact_hash',
  'method',
  'url',
  'status',
  'error_code',
  'duration_ms',
  'detail',
  'created_at',
] as const satisfies readonly (keyof ExchangeTable)[];

const integers: ReadonlySet<string> = new Set(['status', 'duration_ms', 'created_at']);

/** Writes a batch of the log. The work itself is stored elsewhere, so this write need not wait for the disk. */
export type WriteExchanges = (rows: readonly ExchangeTable[]) => Promise<void>;

export function createExchangeWrites(native: NativeStore): WriteExchanges {
  if (native.engine === 'postgres') {
    const text = `insert into exchanges (${columns.join(', ')})
      select * from unnest(${columns.map((column, index) => `$${index + 1}::${integers.has(column) ? 'bigint' : 'text'}[]`).join(', ')})`;
    return async (rows) => {
      await native.pool.query({
        name: 'insert-exchanges',
        text,
        values: columns.map((column) => rows.map((row) => row[column])),
      });
    };
  }
  let insert: Statement | undefined;
  const prepare = (database: Database): Statement =>
    database.prepare(
      `insert into exchanges (${columns.join(', ')}) values (${columns.map(() => '?').join(', ')})`,
    );
  return (rows) =>
    native.note((database) => {
      insert ??= prepare(database);
      const statement = insert;
      for (const row of rows) statement.run(...columns.map((column) => row[column]));
    });
}
