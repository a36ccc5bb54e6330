import type { MailingError } from '../mailing-error.ts';

/** The load cannot go on by itself: the reason is stored with the mailing, and a person decides how to go on. */
export class LoadStopped extends Error {
  override readonly name = 'LoadStopped';
  readonly reason: MailingError;

  constructor(reason: MailingError) {
    super(reason.message);
    this.reason = reason;
  }
}

/** The load ends here for now: a person has paused or cancelled it or changed the document of the company, it is evening, or the host shuts down. */
export class LoadInterrupted extends Error {
  override readonly name = 'LoadInterrupted';
}

/** The telephone system takes nothing for so long that the load gives its place on this host to another load. */
export class LoadHeld extends Error {
  override readonly name = 'LoadHeld';
  readonly forMs: number;
  /** Failures in a row, as far as the next pause depends on them. */
  readonly failures: number;
  readonly reason: MailingError;

  constructor(forMs: number, failures: number, reason: MailingError) {
    super(reason.message);
    this.forMs = forMs;
    this.failures = failures;
    this.reason = reason;
  }
}
