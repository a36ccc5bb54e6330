import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Contact } from '@finaz-telephony/core';
import type { MailingContactTable } from '../store/schema.ts';
import type { Store } from '../store/store.ts';
import type { TenantCipher } from '../store/vault.ts';
import { ledgerOnPostgres } from './ledger-postgres.ts';
import { ledgerOnSqlite } from './ledger-sqlite.ts';
import type { LedgerKey, LedgerWrites } from './ledger-writes.ts';
import type { ContactState, MailingState } from './mailing-state.ts';
import { isUnsettled, unsettledPositions } from './unsettled.ts';

/** A contact of the ledger, opened. */
export interface LedgerContact {
  readonly position: number;
  readonly contact: Contact;
  /** When it came into its state. */
  readonly changedAt: number;
}

/** Contacts in one state, in the order of the mailing, so many at a time. */
export async function* ledgerPages(
  ledger: Pick<Ledger, 'read'>,
  cipher: TenantCipher,
  ref: number,
  state: ContactState,
  size: number,
): AsyncGenerator<readonly LedgerContact[]> {
  for (let position = 0; ;) {
    const rows = await ledger.read(cipher, ref, state, position, size);
    const last = rows.at(-1);
    if (!last) return;
    yield rows;
    if (rows.length < size) return;
    position = last.position;
  }
}

/** The ledger of contacts: what each one's state is, on disk before a request leaves and after its answer. */
export interface Ledger extends LedgerWrites {
  /**
   * Contacts in one state, in order, from behind a position. Lets everything else that waits come first: on SQLite no read waits for anything, so that whoever reads
   * page after page, a million contacts for a file, would hold the host all the while.
   */
  readonly read: (
    cipher: TenantCipher,
    ref: number,
    state: ContactState,
    after: number,
    limit: number,
  ) => Promise<LedgerContact[]>;
  /** Where these contacts stand in a mailing; not those that it does not have. */
  readonly positionsOf: (
    ref: number,
    contactIds: readonly string[],
  ) => Promise<ReadonlyMap<string, number>>;
  /**
   * Moves every contact of a mailing that is in one state, chunk by chunk.
   *
   * @param saw is told the state of the mailing after each chunk
   * @throws {LoadLost} where another host has taken the mailing over
   */
  readonly moveAll: (
    key: LedgerKey,
    move: { readonly from: ContactState; readonly to: ContactState; readonly total: number },
    clock: () => number,
    saw?: (state: MailingState) => void,
  ) => Promise<void>;
}

/** Few enough that nobody else waits long for the database. */
const moveChunk = 1000;
const askChunk = 500;

const place = (ref: number, position: number) => `mailings/${ref}/${position}`;

export function sealContact(
  cipher: TenantCipher,
  ref: number,
  position: number,
  contact: Contact,
): string {
  return cipher.seal(place(ref, position), JSON.stringify(contact));
}

function openContact(
  cipher: TenantCipher,
  row: Pick<MailingContactTable, 'mailing' | 'position' | 'sealed'>,
): Contact {
  const contact: Contact = JSON.parse(cipher.open(place(row.mailing, row.position), row.sealed));
  return contact;
}

export function createLedger(store: Store): Ledger {
  const writes =
    store.native.engine === 'sqlite'
      ? ledgerOnSqlite(store.native)
      : ledgerOnPostgres(store.native.pool);
  return {
    ...writes,
    async read(cipher, ref, state, after, limit) {
      const contacts = store.db
        .selectFrom('mailing_contacts')
        .select(['mailing', 'position', 'sealed', 'updated_at'])
        .where('mailing', '=', ref)
        .orderBy('position');
      const wanted = { ref, state, after, limit };
      const rows = await (
        isUnsettled(state)
          ? contacts.where('position', 'in', unsettledPositions(store.db, { ...wanted, state }))
          : contacts.where('position', '>', after).where('state', '=', state).limit(limit)
      ).execute();
      await nextTurn();
      return rows.map((row) => ({
        position: row.position,
        contact: openContact(cipher, row),
        changedAt: row.updated_at,
      }));
    },
    async positionsOf(ref, contactIds) {
      const found = new Map<string, number>();
      for (let start = 0; start < contactIds.length; start += askChunk) {
        const rows = await store.db
          .selectFrom('mailing_contacts')
          .select(['contact_id', 'position'])
          .where('mailing', '=', ref)
          .where('contact_id', 'in', contactIds.slice(start, start + askChunk))
          .execute();
        for (const { contact_id, position } of rows) found.set(contact_id, position);
      }
      return found;
    },
    async moveAll(key, { from, to, total }, clock, saw) {
      for (let after = 0; after < total; after += moveChunk) {
        const range = { after, through: after + moveChunk };
        const state = await writes.moveRange(key, from, to, range, clock());
        saw?.(state);
      }
    },
  };
}
