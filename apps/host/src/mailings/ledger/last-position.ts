import type { Kysely } from 'kysely';
import type { Schema } from '../../store/schema.ts';

/** The last position of a contact in a mailing; 0 if it has none. Not the number of contacts: a duplicate row leaves a gap. */
export async function lastPosition(db: Kysely<Schema>, ref: number): Promise<number> {
  const end = await db
    .selectFrom('mailing_contacts')
    .select((row) => row.fn.max('position').as('position'))
    .where('mailing', '=', ref)
    .executeTakeFirst();
  return end?.position ?? 0;
}
