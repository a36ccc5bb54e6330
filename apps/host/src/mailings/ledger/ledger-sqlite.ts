import type { Database, Statement } from 'better-sqlite3';
import type { SqliteEngine } from '../../store/store.ts';
import type { PageContact } from './contact-pages.ts';
import { LoadLost, type LedgerKey, type LedgerMove, type LedgerWrites } from './ledger-writes.ts';
import {
  contactStates,
  type ContactState,
  type MailingState,
  type RowState,
} from '../mailing-state.ts';
import { rowState, type Settled } from './settled-file.ts';

/** Lists are passed as JSON: SQLite unpacks a list in half the time of a call for each value. */
interface Statements {
  readonly addContacts: Statement<
    [{ mailing: number; first: number; contactIds: string; at: number }]
  >;
  readonly addedOf: Statement<[number, number, number], number>;
  readonly addPage: Statement<[number, number, string]>;
  readonly addNumber: Statement<[number, number, number]>;
  readonly addReject: Statement;
  readonly mailingOf: Statement<
    [string, number],
    { state: MailingState; settled_at: number | null }
  >;
  readonly move: Statement<[RowState, string, number, number, number, RowState]>;
  readonly moveTogether: Statement<
    [{ mailing: number; positions: string; from: RowState; to: RowState; at: number }]
  >;
  readonly moveRange: Statement<
    [
      {
        mailing: number;
        after: number;
        through: number;
        from: RowState;
        to: RowState;
        at: number;
      },
    ]
  >;
  readonly count: Statement;
}

function prepare(database: Database): Statements {
  return {
    addContacts: database.prepare(
      `insert into mailing_contacts (mailing, position, contact_id, state, sealed, vendor, updated_at)
       select @mailing, @first + key, value, 'pending', '', null, @at from json_each(@contactIds)
       where true on conflict (mailing, contact_id) do nothing`,
    ),
    addedOf: database
      .prepare<[number, number, number], number>(
        'select position from mailing_contacts where mailing = ? and position >= ? and position < ?',
      )
      .pluck(),
    addPage: database.prepare('insert into mailing_pages (mailing, page, sealed) values (?, ?, ?)'),
    addNumber: database.prepare(
      'insert into mailing_numbers (mailing, number_key, position) values (?, ?, ?) on conflict do nothing',
    ),
    addReject: database.prepare(
      `insert into mailing_rejects (mailing, seq, line, kind, reason, message, contact_id, sealed)
       values (?, ?, ?, ?, ?, ?, ?, ?)`,
    ),
    mailingOf: database.prepare(
      'select state, settled_at from mailings where id = ? and fence = ?',
    ),
    move: database.prepare(
      'update mailing_contacts set state = ?, vendor = ?, updated_at = ? where mailing = ? and position = ? and state = ?',
    ),
    moveTogether: database.prepare(
      `update mailing_contacts set state = @to, vendor = case @to when 'failed' then vendor end, updated_at = @at
       where mailing = @mailing and position in (select value from json_each(@positions)) and state = @from`,
    ),
    moveRange: database.prepare(
      `update mailing_contacts set state = @to, vendor = case when 'failed' in (@from, @to) then vendor end, updated_at = @at
       where mailing = @mailing and position > @after and position <= @through and state = @from`,
    ),
    count: database.prepare(
      `update mailings set ${contactStates.map((state) => `${state} = ${state} + ?`).join(', ')}, updated_at = ? where id = ?`,
    ),
  };
}

/** Each function is one transaction, so one fsync, shared with whatever else waits for the disk. */
export function ledgerOnSqlite({ transaction }: SqliteEngine): LedgerWrites {
  let prepared: Statements | undefined;

  function fenced(
    key: LedgerKey,
    at: number,
    work: (writing: Writing) => void,
  ): Promise<MailingState> {
    return transaction((database) => {
      prepared ??= prepare(database);
      const mailing = prepared.mailingOf.get(key.mailingId, key.fence);
      if (!mailing) throw new LoadLost(key.mailingId);
      const changed = new Map<ContactState, number>();
      const add = (state: ContactState, by: number) =>
        changed.set(state, (changed.get(state) ?? 0) + by);
      work({
        statements: prepared,
        mailing,
        moved(from, to, { changes }) {
          if (changes === 0) return;
          add(from, -changes);
          add(to, changes);
        },
      });
      if (changed.size > 0) {
        prepared.count.run(
          ...contactStates.map((state) => changed.get(state) ?? 0),
          at,
          key.mailingId,
        );
      }
      return mailing.state;
    });
  }

  return {
    add: ({ mailing, at, contacts, seal, rejects }) =>
      transaction((database) => {
        prepared ??= prepare(database);
        const { addPage, addReject } = prepared;
        const repeated = addContacts(prepared, mailing, at, contacts);
        const taken =
          repeated.size === 0
            ? contacts
            : contacts.filter(({ position }) => !repeated.has(position));
        if (taken.length > 0) {
          const { page, sealed } = seal(taken);
          addPage.run(mailing, page, sealed);
        }
        for (const row of rejects) {
          addReject.run(
            row.mailing,
            row.seq,
            row.line,
            row.kind,
            row.reason,
            row.message,
            row.contact_id,
            row.sealed,
          );
        }
        return [...repeated];
      }),

    addNumbers: (numbers) =>
      transaction((database) => {
        prepared ??= prepare(database);
        const { addNumber } = prepared;
        for (const row of numbers) addNumber.run(row.mailing, row.number_key, row.position);
      }),

    move: (key, moves, at) =>
      fenced(key, at, ({ statements, mailing, moved }) => {
        for (const { from, to, moves: alike } of groupedMoves(moves)) {
          const [rowFrom, rowTo] = [rowState(from, mailing), rowState(to, mailing)];
          const silent = alike.filter(({ vendor }) => vendor === null);
          const positions = JSON.stringify(silent.map(({ position }) => position));
          const together = { mailing: key.ref, positions, from: rowFrom, to: rowTo, at };
          if (silent.length > 0) moved(from, to, statements.moveTogether.run(together));
          for (const { position, vendor } of alike) {
            if (vendor === null) continue;
            moved(from, to, statements.move.run(rowTo, vendor, at, key.ref, position, rowFrom));
          }
        }
      }),

    moveRange: (key, from, to, { after, through }, at) =>
      fenced(key, at, ({ statements, mailing, moved }) => {
        const [rowFrom, rowTo] = [rowState(from, mailing), rowState(to, mailing)];
        const range = { mailing: key.ref, after, through };
        moved(from, to, statements.moveRange.run({ ...range, from: rowFrom, to: rowTo, at }));
      }),
  };
}

/** What the work inside a fenced transaction is given. */
interface Writing {
  readonly statements: Statements;
  readonly mailing: Settled;
  readonly moved: (from: ContactState, to: ContactState, result: { changes: number }) => void;
}

/** @returns the positions of contacts whose id the mailing already has */
function addContacts(
  { addContacts: add, addedOf }: Statements,
  mailing: number,
  at: number,
  contacts: readonly PageContact[],
): ReadonlySet<number> {
  const first = contacts[0]?.position ?? 0;
  // Half a surrogate pair is replaced, as SQLite does when it stores text.
  const contactIds = JSON.stringify(contacts.map(({ contactId }) => contactId.toWellFormed()));
  const { changes } = add.run({ mailing, first, contactIds, at });
  if (changes === contacts.length) return new Set();
  const added = new Set(addedOf.all(mailing, first, first + contacts.length));
  return new Set(
    contacts.map(({ position }) => position).filter((position) => !added.has(position)),
  );
}

/** Groups moves of one kind. There is at most one move for each contact, so their order does not matter. */
function groupedMoves(moves: readonly LedgerMove[]) {
  const groups = new Map<
    string,
    { readonly from: ContactState; readonly to: ContactState; readonly moves: LedgerMove[] }
  >();
  for (const move of moves) {
    const { from, to } = move;
    const kind = `${from} ${to}`;
    const group = groups.get(kind);
    if (group) group.moves.push(move);
    else groups.set(kind, { from, to, moves: [move] });
  }
  return groups.values();
}
