import type { Kysely } from 'kysely';
import type { Schema } from '../../store/schema.ts';

/** Of the contacts of a mailing; 0 where it has none. Not how many they are: where a row stood twice, positions have gaps. */
export async function lastPosition(db: Kysely<Schema>, ref: number): Promise<number> {
  const end = await db
    .selectFrom('mailing_contacts')
    .select((row) => row.fn.max('position').as('position'))
    .where('mailing', '=', ref)
    .executeTakeFirst();
  return end?.position ?? 0;
}
