import { sql, type Kysely } from 'kysely';
import type { Schema } from '../../store/schema.ts';
import type { TenantCipher } from '../../store/vault.ts';
import { openRange, sealedRange, wholePages, type LedgerContact } from './contact-pages.ts';
import { rowStates } from './settled-file.ts';

/**
 * The next pages of a mailing, if every contact in them is pending and has no words of what went wrong, as in a first load. A count tells: reading a row for
 * each contact would take as long as opening, writing and sending it.
 *
 * @returns `undefined` if some are not pending, or there are no pages: then the rows have to be read
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
  const counting = db
    .selectFrom('mailing_contacts')
    .where('mailing', '=', ref)
    .where('position', '>', range.after)
    .where('position', '<=', range.through)
    .select((row) => [
      row.fn.countAll<number>().as('all'),
      // Rows of versions before there were pages hold the contact itself.
      row.fn
        .count<number>(
          row
            .case()
            .when(
              row.and([
                row('state', 'in', rowStates(ref, 'pending')),
                row('sealed', '=', ''),
                row('vendor', 'is', null),
              ]),
            )
            .then(sql.lit(1))
            .end(),
        )
        .as('pending'),
      row.fn.max('updated_at').as('changedAt'),
    ])
    .executeTakeFirstOrThrow();
  // Both at once: a database of another process takes its time for each.
  const [{ all, pending, changedAt }, pages] = await Promise.all([
    counting,
    sealedRange(db, ref, range),
  ]);
  if (all === 0 || all !== pending) return undefined;
  const contacts = openRange(cipher, ref, range, pages, changedAt);
  return contacts.length === all ? contacts : undefined;
}
