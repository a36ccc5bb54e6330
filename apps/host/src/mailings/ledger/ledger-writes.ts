import type {
  MailingNumberTable,
  MailingPageTable,
  MailingRejectTable,
} from '../../store/schema.ts';
import type { PageContact } from './contact-pages.ts';
import type { ContactState, MailingState } from '../mailing-state.ts';

/** What of a mailing names its ledger, and who may write in it. */
export interface LedgerKey {
  readonly mailingId: string;
  readonly ref: number;
  readonly fence: number;
}

/** A contact changes its state: it happens only where it still has the state that the writer knows. */
export interface LedgerMove {
  readonly position: number;
  readonly from: ContactState;
  readonly to: ContactState;
  /** Sealed. Who comes to be failed without any keeps those that he has. */
  readonly vendor: string | null;
}

/** Rows of one chunk of a mailing that is on its way in. */
export interface IntakeChunk {
  readonly mailing: number;
  readonly at: number;
  /** Of one page, one position after the other. */
  readonly contacts: readonly PageContact[];
  /** Seals those that are taken: only then is it known which the mailing has already, of which nothing is kept. */
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
   * The same for every contact in one state, from behind one position up to another: a chunk, so that nobody else waits long. Who comes to be failed, or was it, keeps
   * the words of what went wrong.
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
