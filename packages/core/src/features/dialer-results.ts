import type { AdapterContext } from '../context.ts';
import type { Attempt } from '../values/attempt.ts';
import type { ContactId } from '../values/identifiers.ts';
import type { Mailing } from '../values/mailing.ts';
import type { Outcome } from '../values/outcome.ts';

/** A row of the vendor's report, or one of several calls of a notification, that cannot be used. The others are still read. */
export interface UnreadableRow {
  /** Counted from 1 over the whole reading, or the whole notification. */
  readonly position: number;
  /** What is wrong with it, for example `the date "32/13/2026" cannot be read`. No personal data. */
  readonly reason: string;
}

/** Which report to read. */
export interface DialerResultsInput {
  readonly mailing: Mailing;
  /** Vendors nearly always ask for a period: from the mailing's activation, or the last fetch, until now. */
  readonly period: { readonly from: Date; readonly to: Date };
  /** Called for every row that cannot be used. */
  readonly onUnreadable?: (row: UnreadableRow) => void;
}

/** An attempt as the vendor reports it: `at` in ISO 8601 with a zone, `duration` in seconds of conversation, `vendorStatus` in the vendor's own word. */
export interface ReportedAttempt extends Omit<Attempt, 'contactId'> {
  /** Absent if the vendor does not send it back: the host then finds the contact by its number. */
  readonly contactId?: ContactId | undefined;
  /** The vendor's own id of the attempt, if the call id does not distinguish attempts. */
  readonly id?: string | undefined;
}

/** Reads what became of the dialed numbers (manual: Retorno do Discador). */
export interface DialerResults {
  /** Attempt by attempt, in constant memory. Reading the same period twice gives the same attempts. */
  readonly read: (
    input: DialerResultsInput,
    context: AdapterContext,
  ) => AsyncIterable<ReportedAttempt>;
  /**
   * The outcome that a vendor's status stands for in the settings of this connection; `unknown` for a status that they do not name. Pure: applied again to
   * stored statuses when the settings change.
   */
  readonly outcomeOf: (vendorStatus: string) => Outcome;
}
