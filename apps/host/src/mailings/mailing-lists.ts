import type { Store } from '../store/store.ts';
import type { TenantCipher } from '../store/vault.ts';
import type { ContactState } from './mailing-state.ts';
import { openReject } from './take-mailing.ts';

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

/** What is read of a mailing's ledger for people. */
export type MailingLists = ReturnType<typeof createMailingLists>;

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
  };
}
