import { sql, type RawBuilder } from 'kysely';
import type { ContactState, RowState } from '../mailing-state.ts';

/**
 * A file that has arrived settles all of its contacts, however many, with one change of the mailing, `settled_at`: from then on, `pending` in the ledger means `sent`.
 * A contact that becomes pending after that, to go in a second file, is written down as `again`.
 */
export interface Settled {
  /** `null` while no file of the mailing is there. */
  readonly settled_at: number | null;
}

/** What is written in the row of a contact that enters a state. */
export const rowState = (state: ContactState, { settled_at }: Settled): RowState =>
  state === 'pending' && settled_at !== null ? 'again' : state;

/** The state of a contact, by what its row says. */
export function stateOfRow(state: RowState, { settled_at }: Settled): ContactState {
  if (state === 'again') return 'pending';
  return state === 'pending' && settled_at !== null ? 'sent' : state;
}

/** For queries: what the rows of contacts in a state say. */
export function rowStates(ref: number, state: ContactState): readonly RawBuilder<RowState>[] {
  const own = sql<RowState>`${state}`;
  if (state === 'pending') return [inSettled(ref, 'again', 'pending')];
  if (state === 'sent') return [own, inSettled(ref, 'pending', 'sent')];
  return [own];
}

const inSettled = (ref: number, settled: RowState, otherwise: RowState) =>
  sql<RowState>`coalesce((select case when settled_at is null then ${sql.lit(otherwise)} else ${sql.lit(settled)} end from mailings where ref = ${ref}), ${sql.lit(otherwise)})`;
