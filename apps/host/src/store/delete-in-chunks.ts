import { setImmediate as nextTurn } from 'node:timers/promises';
import { sql, type Kysely, type RawBuilder } from 'kysely';
import type { Schema } from './schema.ts';

/** Rows of one statement: it must not keep others waiting, nor take so long that the server ends it. */
const usualChunkSize = 1000;

export interface RowsToDelete {
  readonly table: keyof Schema;
  /** The rows to scan: of one company, or of one mailing. */
  readonly of: RawBuilder<unknown>;
  /** The last column of the primary key, in whose order rows are deleted. */
  readonly key: string;
  /** Which of them are deleted; all, if absent. */
  readonly only?: RawBuilder<unknown>;
  /** Deleted rows come before all others in that order, so the first remaining row is the end. */
  readonly areFirst?: boolean;
  /** Fewer than usual, if the rows are heavy. */
  readonly chunkSize?: number;
  /** Ends the deletion after the current chunk. */
  readonly signal?: AbortSignal;
}

/** Deletes rows in the order of their key, a chunk at a time. @returns how many */
export async function deleteInChunks(
  db: Kysely<Schema>,
  {
    table,
    of,
    key,
    only = sql`1 = 1`,
    areFirst = false,
    chunkSize = usualChunkSize,
    signal,
  }: RowsToDelete,
): Promise<number> {
  const own = sql`from ${sql.table(table)} where ${of}`;
  let deleted = 0;
  for (let from = sql`1 = 1`; ;) {
    const { rows } = await sql<{
      edge: string | number;
    }>`select ${sql.ref(key)} as edge ${own} and ${from} order by ${sql.ref(key)} limit 1 offset ${chunkSize - 1}`.execute(
      db,
    );
    const [end] = rows;
    const until = end ? sql`${sql.ref(key)} <= ${end.edge}` : sql`1 = 1`;
    const { numAffectedRows } =
      await sql`delete ${own} and ${from} and ${until} and ${only}`.execute(db);
    const gone = Number(numAffectedRows ?? 0n);
    deleted += gone;
    await nextTurn();
    if (!end || (areFirst && gone < chunkSize) || signal?.aborted) return deleted;
    from = sql`${sql.ref(key)} > ${end.edge}`;
  }
}
