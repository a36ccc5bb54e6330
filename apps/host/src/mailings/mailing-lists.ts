import type { Store } from '../store/store.ts';
import type { TenantCipher } from '../store/vault.ts';
import type { ContactState } from './mailing-state.ts';
import { numberKey, openReject } from './take-mailing.ts';

export interface ListedContact {
  readonly position: number;
  readonly contactId: string;
  readonly state: ContactState;
  readonly vendor: { readonly code?: string; readonly message?: string } | null;
  readonly updatedAt: string;
}

export interface ListedReject {
  readonly seq: number;
  readonly line: number;
  readonly kind: 'row' | 'phone';
  readonly reason: string;
  readonly message: string;
  readonly contactId: string | null;
  /** The row as it came, as JSON. */
  readonly row: string;
}

/** What is read of a mailing's ledger for people and for results. */
export type MailingLists = ReturnType<typeof createMailingLists>;

/** Databases take only so many values in one statement. */
const valuesAtOnce = 500;

export function createMailingLists({ db }: Store) {
  return {
    async contacts(
      cipher: TenantCipher,
      ref: number,
      filter: {
        readonly state?: ContactState;
        readonly after: number;
        readonly limit: number;
      },
    ): Promise<ListedContact[]> {
      let query = db
        .selectFrom('mailing_contacts')
        .select(['position', 'contact_id', 'state', 'vendor', 'updated_at'])
        .where('mailing', '=', ref)
        .where('position', '>', filter.after)
        .orderBy('position')
        .limit(filter.limit);
      if (filter.state) query = query.where('state', '=', filter.state);
      return (await query.execute()).map((row) => ({
        position: row.position,
        contactId: row.contact_id,
        state: row.state,
        vendor:
          row.vendor === null
            ? null
            : JSON.parse(cipher.open(`mailings/${ref}/${row.position}/vendor`, row.vendor)),
        updatedAt: new Date(row.updated_at).toISOString(),
      }));
    },

    async rejects(
      cipher: TenantCipher,
      ref: number,
      after: number,
      limit: number,
    ): Promise<ListedReject[]> {
      const rows = await db
        .selectFrom('mailing_rejects')
        .selectAll()
        .where('mailing', '=', ref)
        .where('seq', '>', after)
        .orderBy('seq')
        .limit(limit)
        .execute();
      return rows.map((row) => ({
        seq: row.seq,
        line: row.line,
        kind: row.kind,
        reason: row.reason,
        message: row.message,
        contactId: row.contact_id,
        row: openReject(cipher, row),
      }));
    },

    /** Which of these are contacts of the mailing. */
    async known(ref: number, contactIds: readonly string[]): Promise<ReadonlySet<string>> {
      const known = new Set<string>();
      for (let start = 0; start < contactIds.length; start += valuesAtOnce) {
        const rows = await db
          .selectFrom('mailing_contacts')
          .select('contact_id')
          .where('mailing', '=', ref)
          .where('contact_id', 'in', contactIds.slice(start, start + valuesAtOnce))
          .execute();
        for (const { contact_id } of rows) known.add(contact_id);
      }
      return known;
    },

    /** The contacts that have one of these numbers, by the number's hash. */
    async byNumber(
      ref: number,
      hashes: readonly string[],
    ): Promise<ReadonlyMap<string, readonly string[]>> {
      const hashOf = new Map(hashes.map((hash) => [numberKey(hash), hash]));
      const found = new Map<string, string[]>();
      const keys = [...hashOf.keys()];
      for (let start = 0; start < keys.length; start += valuesAtOnce) {
        const rows = await db
          .selectFrom('mailing_numbers as n')
          .innerJoin('mailing_contacts as c', (join) =>
            join.onRef('c.mailing', '=', 'n.mailing').onRef('c.position', '=', 'n.position'),
          )
          .select(['n.number_key', 'c.contact_id'])
          .where('n.mailing', '=', ref)
          .where('n.number_key', 'in', keys.slice(start, start + valuesAtOnce))
          .execute();
        for (const { number_key, contact_id } of rows) {
          const hash = hashOf.get(number_key);
          if (hash !== undefined) found.set(hash, [...(found.get(hash) ?? []), contact_id]);
        }
      }
      return found;
    },
  };
}
