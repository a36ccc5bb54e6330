import { sql, type RawBuilder } from 'kysely';
import { arrayValue } from './postgres-array.ts';
import type { NativeStore } from './store.ts';

/**
 * A list of texts as rows with a `value`. To find which of them are in a table, ask for each with a subquery that is a value, `(select 1 from …)`: of an `exists`
 * or an `in`, PostgreSQL may make a join, and read all rows of a company or a mailing for each list.
 */
export const asked = (
  { engine }: Pick<NativeStore, 'engine'>,
  texts: readonly string[],
): RawBuilder<{ value: string }> =>
  engine === 'sqlite'
    ? sql`(select value from json_each(${JSON.stringify(texts)}))`
    : sql`(select unnest(${arrayValue(texts)}::text[]) as value)`;
