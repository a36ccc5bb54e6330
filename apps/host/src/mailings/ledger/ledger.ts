import { setImmediate as nextTurn } from 'node:timers/promises';
import { chunksOf } from '../../store/chunks-of.ts';
import type { Store } from '../../store/store.ts';
import type { TenantCipher } from '../../store/vault.ts';
import { openContacts, openedTogether, type LedgerContact } from './contact-pages.ts';
import { lastPosition } from './last-position.ts';
import { ledgerOnPostgres } from './ledger-postgres.ts';
import { ledgerOnSqlite } from './ledger-sqlite.ts';
import type { LedgerKey, LedgerWrites } from './ledger-writes.ts';
import { updateClaimed } from '../mailing-claims.ts';
import type { ContactState, MailingState } from '../mailing-state.ts';
import { readWholePages } from './pending-pages.ts';
import { rowStates } from './settled-file.ts';
import { isUnsettled, unsettledPositions } from './unsettled.ts';

/**
 * Contacts in one state, in the order of the mailing, at most `size` at a time. The next page is read while this one is worked on: otherwise a file on
 * PostgreSQL would wait for each of a thousand answers.
 */
export async function* ledgerPages(
  ledger: Pick<Ledger, 'read'>,
  cipher: TenantCipher,
  ref: number,
  state: ContactState,
  size: number,
  changedAfter: number | null = null,
): AsyncGenerator<readonly LedgerContact[]> {
  const readAfter = (position: number) => {
    const reading = ledger.read(cipher, ref, state, position, size, changedAfter);
    // If the consumer stops early, nobody awaits this read, and its failure must not count as unhandled.
    reading.catch(() => undefined);
    return reading;
  };
  for (let reading = readAfter(0); ;) {
    const rows = await reading;
    const last = rows.at(-1);
    if (!last) return;
    reading = readAfter(last.position);
    yield rows;
  }
}

/** The ledger of contacts: the state of each, on the disk before its request leaves and after the answer. */
export interface Ledger extends LedgerWrites {
  /** Like that of {@link LedgerWrites}, but many contacts in several commits, so that nobody else waits long: a vendor may refuse a hundred thousand of a file. */
  readonly move: LedgerWrites['move'];
  /**
   * Contacts in one state, in order, after a position: at most `limit`, fewer where they lie far apart, none once none is left. Yields to everything else that
   * waits: reads on SQLite are synchronous, so reading a million contacts for a file, page after page, would block the host all the while.
   *
   * @param changedAfter only contacts that became pending after this moment and have words of what went wrong: these had left before
   */
  readonly read: (
    cipher: TenantCipher,
    ref: number,
    state: ContactState,
    after: number,
    limit: number,
    changedAfter?: number | null,
  ) => Promise<LedgerContact[]>;
  /** The positions of these contacts in a mailing; unknown ones are left out. */
  readonly positionsOf: (
    ref: number,
    contactIds: readonly string[],
  ) => Promise<ReadonlyMap<string, number>>;
  /**
   * Moves every contact of a mailing that is in one state, chunk by chunk.
   *
   * @param saw is called with the state of the mailing after each chunk
   * @throws {LoadLost} where another host has taken the mailing over
   */
  readonly moveAll: (
    key: LedgerKey,
    move: { readonly from: ContactState; readonly to: ContactState },
    clock: () => number,
    saw?: (state: MailingState) => void,
  ) => Promise<void>;
  /** A file has arrived: every pending contact becomes `sent`. For the first file of a mailing, one change of the mailing's row does it (settled-file.ts). */
  readonly settle: (
    key: LedgerKey,
    clock: () => number,
    saw?: (state: MailingState) => void,
  ) => Promise<void>;
}

/** Few enough to keep nobody else waiting long for the database. */
const moveChunk = 1000;
const widestLook = 20_000;

export function createLedger(store: Store): Ledger {
  const writes =
    store.native.engine === 'sqlite'
      ? ledgerOnSqlite(store.native)
      : ledgerOnPostgres(store.native.pool);
  const { db } = store;
  const rowsOf = (ref: number) =>
    db
      .selectFrom('mailing_contacts')
      .select(['position', 'sealed', 'vendor', 'updated_at'])
      .where('mailing', '=', ref)
      .orderBy('position');

  /**
   * The next contacts in a state, searched in one chunk of the mailing after the other. On SQLite a search through a million would hold up everything else, and
   * PostgreSQL, until it has analysed a table that has just grown, would read and sort all of the rest for each page.
   */
  async function look(
    ref: number,
    state: ContactState,
    after: number,
    limit: number,
    changedAfter: number | null,
  ) {
    let from = after;
    let last: number | undefined;
    for (let width = limit; ; width = Math.min(width * 2, widestLook)) {
      const rows = await rowsOf(ref)
        .where('position', '>', from)
        .where('position', '<=', from + width)
        .where('state', 'in', rowStates(ref, state))
        .$if(changedAfter !== null, (query) =>
          query.where('vendor', 'is not', null).where('updated_at', '>', changedAfter),
        )
        .limit(limit)
        .execute();
      from += width;
      if (rows.length > 0) return rows;
      last ??= await lastPosition(db, ref);
      if (from >= last) return rows;
      await nextTurn();
    }
  }

  const moveAll: Ledger['moveAll'] = async (key, { from, to }, clock, saw) => {
    const end = await lastPosition(db, key.ref);
    for (let after = 0; after < end; after += moveChunk) {
      const range = { after, through: after + moveChunk };
      const state = await writes.moveRange(key, from, to, range, clock());
      saw?.(state);
    }
  };

  const move: Ledger['move'] = async (key, moves, at) => {
    // In their order, so that each commit is about neighbours: PostgreSQL may read all that lies between the first and the last of them.
    const ordered = moves.toSorted((left, right) => left.position - right.position);
    const [first = [], ...others] = chunksOf(ordered);
    let state = await writes.move(key, first, at);
    for (const chunk of others) state = await writes.move(key, chunk, at);
    return state;
  };

  return {
    ...writes,
    move,
    moveAll,
    async read(cipher, ref, state, after, limit, changedAfter = null) {
      if (state === 'pending' && changedAfter === null) {
        await nextTurn();
        const whole = await readWholePages(db, cipher, ref, after, limit);
        if (whole) return whole;
      }
      const found = isUnsettled(state)
        ? await rowsOf(ref)
            .where('position', 'in', unsettledPositions(db, { ref, state, after, limit }))
            .execute()
        : await look(ref, state, after, limit, changedAfter);
      await nextTurn();
      return openContacts(db, cipher, ref, openedTogether(found));
    },
    async positionsOf(ref, asked) {
      // A telephone system may name a contact by text with a NUL, which PostgreSQL refuses; no contact id has one.
      const contactIds = asked.filter((id) => !id.includes('\0'));
      const found = new Map<string, number>();
      for (const chunk of chunksOf(contactIds)) {
        const rows = await db
          .selectFrom('mailing_contacts')
          .select(['contact_id', 'position'])
          .where('mailing', '=', ref)
          .where('contact_id', 'in', chunk)
          .execute();
        for (const { contact_id, position } of rows) found.set(contact_id, position);
        await nextTurn();
      }
      return found;
    },
    async settle(key, clock, saw) {
      const at = clock();
      const settled = await updateClaimed(db, key)
        .set((mailing) => ({
          settled_at: at,
          sent: mailing('sent', '+', mailing.ref('pending')),
          pending: 0,
          updated_at: at,
        }))
        .where('settled_at', 'is', null)
        // Only if contacts are in pages: without pages, a host of an earlier version on the same database may read the rows, and would take the contacts for
        // pending.
        .where((mailing) =>
          mailing.exists(
            mailing
              .selectFrom('mailing_pages')
              .select('page')
              .where('mailing', '=', key.ref)
              .limit(1),
          ),
        )
        .returning('state')
        .executeTakeFirst();
      if (settled) saw?.(settled.state);
      else await moveAll(key, { from: 'pending', to: 'sent' }, clock, saw);
    },
  };
}
