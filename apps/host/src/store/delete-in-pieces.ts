import { setImmediate as nextTurn } from 'node:timers/promises';
import { sql, type Kysely, type RawBuilder } from 'kysely';
import type { Schema } from './schema.ts';

/** A chunk must not keep others waiting, nor take so long that the server ends the statement. */
const piece = 1000;

export interface Pieces {
  readonly table: keyof Schema;
  /** The rows to scan: of one company, or of one mailing. */
  readonly of: RawBuilder<unknown>;
  /** The columns of the primary key after that. */
  readonly key: string;
  /** Which of them are deleted; all, if absent. */
  readonly only?: RawBuilder<unknown>;
  /** Deleted rows come before all others in that order, so the first remaining row is the end. */
  readonly areFirst?: boolean;
  /** Rows per chunk, if they are heavy. */
  readonly atOnce?: number;
  /** Ends it after the current chunk. */
  readonly signal?: AbortSignal;
}

/** Deletes rows in the order of their key, a chunk at a time. @returns how many */
export async function deleteInPieces(
  db: Kysely<Schema>,
  { table, of, key, only = sql`1 = 1`, areFirst = false, atOnce = piece, signal }: Pieces,
): Promise<number> {
  const own = sql`from ${sql.table(table)} where ${of}`;
  let deleted = 0;
  for (let from = sql`1 = 1`; ;) {
    const { rows } = await sql<{
      edge: string | number;
    }>`select ${sql.ref(key)} as edge ${own} and ${from} order by ${sql.ref(key)} limit 1 offset ${atOnce - 1}`.execute(
      db,
    );
    const [end] = rows;
    const until = end ? sql`${sql.ref(key)} <= ${end.edge}` : sql`1 = 1`;
    const { numAffectedRows } =
      await sql`delete ${own} and ${from} and ${until} and ${only}`.execute(db);
    const gone = Number(numAffectedRows ?? 0n);
    deleted += gone;
    await nextTurn();
    if (!end || (areFirst && gone < atOnce) || signal?.aborted) return deleted;
    from = sql`${sql.ref(key)} > ${end.edge}`;
  }
}
