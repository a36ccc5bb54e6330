import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Store } from '../store/store.ts';
import { openRow } from '../store/damaged-rows.ts';
import type { TenantCipher } from '../store/vault.ts';
import { lastPosition } from './ledger/last-position.ts';
import type { ContactState, RowState } from './mailing-state.ts';
import { rowStates, stateOfRow, type Settled } from './ledger/settled-file.ts';
import { openReject } from './sealed-rejects.ts';
import { isUnsettled, unsettledPositions } from './ledger/unsettled.ts';
import { openWords, type ContactWords } from './vendor-words.ts';

export interface ListedContact {
  readonly position: number;
  readonly contactId: string;
  readonly state: ContactState;
  readonly vendor: ContactWords | null;
  /** The words of the telephone system do not open any more. */
  readonly unreadable?: true;
  readonly updatedAt: string;
}

export interface ListedReject {
  readonly seq: number;
  readonly line: number;
  readonly kind: 'row' | 'phone';
  readonly reason: string;
  readonly message: string;
  readonly contactId: string | null;
  /** The row as it came, as JSON; `undefined` if it does not open any more. */
  readonly row: string | undefined;
}

/** The lists of a mailing's ledger that people are shown. */
export type MailingLists = ReturnType<typeof createMailingLists>;

/** Without an index, this many contacts are scanned at a time: on SQLite nobody else gets a turn meanwhile. */
const lookThrough = 20_000;

interface ContactFilter {
  readonly state?: ContactState;
  readonly after: number;
  readonly limit: number;
}

/** When a contact entered its state; for a contact settled with its file, when the file was. */
const changedAt = (
  { state, updated_at }: { readonly state: RowState; readonly updated_at: number },
  { settled_at }: Settled,
): number => (state === 'pending' ? Math.max(updated_at, settled_at ?? 0) : updated_at);

export function createMailingLists(store: Store) {
  const { db } = store;
  const contactsOf = (ref: number) =>
    db
      .selectFrom('mailing_contacts')
      .select(['position', 'contact_id', 'state', 'vendor', 'updated_at'])
      .where('mailing', '=', ref)
      .orderBy('position');
  type ContactRow = Awaited<ReturnType<ReturnType<typeof contactsOf>['execute']>>[number];

  async function find(ref: number, { state, after, limit }: ContactFilter): Promise<ContactRow[]> {
    if (isUnsettled(state)) {
      const positions = unsettledPositions(db, { ref, state, after, limit });
      return contactsOf(ref).where('position', 'in', positions).execute();
    }
    if (state === undefined)
      return contactsOf(ref).where('position', '>', after).limit(limit).execute();
    return look(ref, { state, after, limit });
  }

  async function look(
    ref: number,
    { state, after, limit }: Required<ContactFilter>,
  ): Promise<ContactRow[]> {
    const last = await lastPosition(db, ref);
    const found: ContactRow[] = [];
    for (let from = after; from < last && found.length < limit; from += lookThrough) {
      const rows = await contactsOf(ref)
        .where('position', '>', from)
        .where('position', '<=', from + lookThrough)
        .where('state', 'in', rowStates(ref, state))
        .limit(limit - found.length)
        .execute();
      found.push(...rows);
      await nextTurn();
    }
    return found;
  }

  const settledOf = async (ref: number): Promise<Settled> =>
    (await db
      .selectFrom('mailings')
      .select('settled_at')
      .where('ref', '=', ref)
      .executeTakeFirst()) ?? { settled_at: null };

  return {
    async contacts(
      cipher: TenantCipher,
      ref: number,
      filter: ContactFilter,
    ): Promise<ListedContact[]> {
      const settled = await settledOf(ref);
      return (await find(ref, filter)).map((row) => {
        const { position, vendor } = row;
        const state = filter.state ?? stateOfRow(row.state, settled);
        // The words about a contact that is sent again are kept only for the next clear.
        const isTold = vendor !== null && isUnsettled(state);
        const words = isTold
          ? openRow(store, { table: 'mailing_contacts', row: `${ref}/${position}` }, () =>
              openWords(cipher, ref, position, vendor),
            )
          : null;
        return {
          position,
          contactId: row.contact_id,
          state,
          vendor: words ?? null,
          ...(words === undefined && { unreadable: true }),
          updatedAt: new Date(changedAt(row, settled)).toISOString(),
        };
      });
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
        row: openRow(store, { table: 'mailing_rejects', row: `${ref}/${row.seq}` }, () =>
          openReject(cipher, row),
        ),
      }));
    },
  };
}
