import type {
  MailingNumberTable,
  MailingPageTable,
  MailingRejectTable,
} from '../../store/schema.ts';
import type { PageContact } from './contact-pages.ts';
import type { ContactState, MailingState } from '../mailing-state.ts';

/** Names the ledger of a mailing and, by the fence, who may write to it. */
export interface LedgerKey {
  readonly mailingId: string;
  readonly ref: number;
  readonly fence: number;
}

/** A change of a contact's state, made only if the contact still is in the state `from`. */
export interface LedgerMove {
  readonly position: number;
  readonly from: ContactState;
  readonly to: ContactState;
  /** What went wrong, sealed. A contact that becomes `failed` with `null` here keeps the words that it has. */
  readonly vendor: string | null;
}

/** Rows of one chunk of a mailing that is on its way in. */
export interface IntakeChunk {
  readonly mailing: number;
  readonly at: number;
  /** Of one page, in consecutive positions. */
  readonly contacts: readonly PageContact[];
  /** Seals the contacts that are taken. Called once it is known which ids the mailing already has: nothing is kept of those. */
  readonly seal: (taken: readonly PageContact[]) => MailingPageTable;
  readonly rejects: readonly MailingRejectTable[];
}

/** The few hot statements, written per engine. */
export interface LedgerWrites {
  /**
   * Adds a chunk, contacts and their states in one commit; contacts whose id the mailing has already are left out.
   *
   * @returns positions of those that were left out
   */
  readonly add: (chunk: IntakeChunk) => Promise<readonly number[]>;
  /** Adds numbers of contacts, sorted by key; those that are there already are left alone. */
  readonly addNumbers: (numbers: readonly MailingNumberTable[]) => Promise<void>;
  /**
   * Moves contacts and counts them, in one commit; at most one move for each contact. Idempotent: moves that were made already do nothing.
   *
   * @returns the state of the mailing, which a person may have changed meanwhile
   * @throws {LoadLost} where another host has taken the mailing over
   */
  readonly move: (
    key: LedgerKey,
    moves: readonly LedgerMove[],
    at: number,
  ) => Promise<MailingState>;
  /**
   * The same for every contact in one state, behind `after` up to `through`: a chunk, so that nobody else waits long. A contact that becomes or was `failed`
   * keeps the words of what went wrong.
   */
  readonly moveRange: (
    key: LedgerKey,
    from: ContactState,
    to: ContactState,
    range: { readonly after: number; readonly through: number },
    at: number,
  ) => Promise<MailingState>;
}

/** Another host has taken the mailing over, or its company was deleted: whatever this one still wants to write is void. */
export class LoadLost extends Error {
  override readonly name = 'LoadLost';

  constructor(mailingId: string) {
    super(`another host has taken mailing ${mailingId} over, or its company was deleted`);
  }
}
