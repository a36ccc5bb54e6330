import type { Database, Statement } from 'better-sqlite3';
import type { NativeStore } from '../store/store.ts';
import { LoadLost, type LedgerKey, type LedgerWrites } from './ledger-writes.ts';
import { contactStates, type ContactState, type MailingState } from './mailing-state.ts';

interface Statements {
  readonly addContact: Statement;
  readonly addNumber: Statement;
  readonly addReject: Statement;
  readonly stateOf: Statement<[string, number], { state: MailingState }>;
  readonly move: Statement<[string, string | null, number, number, number, string]>;
  readonly moveRange: Statement<[string, number, number, number, number, string]>;
  readonly count: Statement;
}

function prepare(database: Database): Statements {
  return {
    addContact: database.prepare(
      `insert into mailing_contacts (mailing, position, contact_id, state, sealed, vendor, updated_at)
       values (?, ?, ?, ?, ?, ?, ?) on conflict (mailing, contact_id) do nothing`,
    ),
    addNumber: database.prepare(
      'insert into mailing_numbers (mailing, number_key, position) values (?, ?, ?) on conflict do nothing',
    ),
    addReject: database.prepare(
      `insert into mailing_rejects (mailing, seq, line, kind, reason, message, contact_id, sealed)
       values (?, ?, ?, ?, ?, ?, ?, ?)`,
    ),
    stateOf: database.prepare('select state from mailings where id = ? and fence = ?'),
    move: database.prepare(
      'update mailing_contacts set state = ?, vendor = ?, updated_at = ? where mailing = ? and position = ? and state = ?',
    ),
    moveRange: database.prepare(
      'update mailing_contacts set state = ?, updated_at = ? where mailing = ? and position > ? and position <= ? and state = ?',
    ),
    count: database.prepare(
      `update mailings set ${contactStates.map((state) => `${state} = ${state} + ?`).join(', ')}, updated_at = ? where id = ?`,
    ),
  };
}

/** Each function is one transaction, so one fsync, shared with whatever else waits for the disk. */
export function ledgerOnSqlite({
  transaction,
}: Extract<NativeStore, { engine: 'sqlite' }>): LedgerWrites {
  let prepared: Statements | undefined;

  function fenced(
    key: LedgerKey,
    at: number,
    work: (statements: Statements, changed: Map<ContactState, number>) => void,
  ): Promise<MailingState> {
    return transaction((database) => {
      prepared ??= prepare(database);
      const found = prepared.stateOf.get(key.mailingId, key.fence);
      if (!found) throw new LoadLost(key.mailingId);
      const changed = new Map<ContactState, number>();
      work(prepared, changed);
      if (changed.size > 0) {
        prepared.count.run(
          ...contactStates.map((state) => changed.get(state) ?? 0),
          at,
          key.mailingId,
        );
      }
      return found.state;
    });
  }

  const add = (changed: Map<ContactState, number>, state: ContactState, by: number) =>
    changed.set(state, (changed.get(state) ?? 0) + by);

  return {
    add: ({ contacts, rejects }) =>
      transaction((database) => {
        prepared ??= prepare(database);
        const { addContact, addReject } = prepared;
        const repeated: number[] = [];
        for (const row of contacts) {
          const { changes } = addContact.run(
            row.mailing,
            row.position,
            row.contact_id,
            row.state,
            row.sealed,
            row.vendor,
            row.updated_at,
          );
          if (changes === 0) repeated.push(row.position);
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
        return repeated;
      }),

    addNumbers: (numbers) =>
      transaction((database) => {
        prepared ??= prepare(database);
        const { addNumber } = prepared;
        for (const row of numbers) addNumber.run(row.mailing, row.number_key, row.position);
      }),

    move: (key, moves, at) =>
      fenced(key, at, ({ move }, changed) => {
        for (const { position, from, to, vendor } of moves) {
          if (move.run(to, vendor, at, key.ref, position, from).changes === 0) continue;
          add(changed, from, -1);
          add(changed, to, 1);
        }
      }),

    moveRange: (key, from, to, { after, through }, at) =>
      fenced(key, at, ({ moveRange }, changed) => {
        const { changes } = moveRange.run(to, at, key.ref, after, through, from);
        if (changes === 0) return;
        add(changed, from, -changes);
        add(changed, to, changes);
      }),
  };
}
