import { sql, type Kysely } from 'kysely';
import type { Schema } from '../store/schema.ts';
import type { TenantCipher } from '../store/vault.ts';
import { openRange, wholePages, type LedgerContact } from './contact-pages.ts';
import { rowStates } from './settled-file.ts';

/**
 * The next pages of a mailing where every contact of them is pending, as in a first load. That is told by a count: a row for each contact takes as long as to open it, to write
 * its line and to send it.
 *
 * @returns nothing where that does not hold, or none is there: then their rows tell
 */
export async function readWholePages(
  db: Kysely<Schema>,
  cipher: TenantCipher,
  ref: number,
  after: number,
  limit: number,
): Promise<LedgerContact[] | undefined> {
  const range = wholePages(after, limit);
  if (!range) return undefined;
  const counted = await db
    .selectFrom('mailing_contacts')
    .where('mailing', '=', ref)
    .where('position', '>', range.after)
    .where('position', '<=', range.through)
    .select((row) => [
      row.fn.countAll<number>().as('all'),
      // In rows from before there were pages, the contact stands in its row.
      row.fn
        .count<number>(
          row
            .case()
            .when(row.and([row('state', 'in', rowStates(ref, 'pending')), row('sealed', '=', '')]))
            .then(sql.lit(1))
            .end(),
        )
        .as('pending'),
      row.fn.max('updated_at').as('changedAt'),
    ])
    .executeTakeFirstOrThrow();
  const { all, pending, changedAt } = counted;
  if (all === 0 || all !== pending) return undefined;
  const contacts = await openRange(db, cipher, ref, range, changedAt);
  return contacts.length === all ? contacts : undefined;
}
