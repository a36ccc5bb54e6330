import type { AdapterContext } from '../context.ts';
import type { VendorAnswer } from '../errors/telephony-error.ts';
import type { Contact } from '../values/contact.ts';
import type { ContactId } from '../values/identifiers.ts';
import type { Captures, Mailing } from '../values/mailing.ts';

/** One exchange of a load. */
export interface ContactLoadInput {
  readonly mailing: Mailing;
  /**
   * The contacts of this exchange: the whole mailing, a batch, or exactly one, as `unit` says. Read in order. Reading again starts from the first,
   * for a file that is sent again after a new login.
   */
  readonly contacts: AsyncIterable<Contact>;
}

/** A contact that the vendor did not take, in the vendor's own words, or one that the connection cannot write. */
export interface RejectedContact {
  /** As the vendor names it. If that is not an id that was sent, every contact that it may mean is in doubt. */
  readonly contactId: ContactId;
  readonly vendor: VendorAnswer;
  /** Why the contact was not sent at all, if the connection cannot write it, for instance because it lacks a value. No personal data. */
  readonly reason?: string | undefined;
}

/** What the vendor reported about one exchange. */
export interface ContactLoadResult {
  /** Empty if the vendor took every contact of the exchange. */
  readonly rejected: readonly RejectedContact[];
  /** How many contacts the vendor says it took, if it does: fewer than were sent reveals a silent loss. */
  readonly taken?: number | undefined;
  /** Added to the mailing's captures. */
  readonly captures?: Captures | undefined;
  /** The vendor's words about the contacts it took. */
  readonly vendor?: VendorAnswer | undefined;
}

/** How contacts are grouped if one exchange carries several. */
export interface ContactBatch {
  /** Maximum weight of one exchange. */
  readonly size: number;
  /** The weight of a contact: 1, or the number of its phones if the vendor counts those. */
  readonly weigh: (contact: Contact) => number;
}

/** The result of the steps around a load. */
export interface LoadStepResult {
  /** Added to the mailing's captures. */
  readonly captures?: Captures | undefined;
  /** How many contacts the vendor says it took, if only this step reports it. */
  readonly taken?: number | undefined;
}

/** A step around a load, for the whole mailing. */
export type LoadStep = (mailing: Mailing, context: AdapterContext) => Promise<LoadStepResult>;

/**
 * Sends contacts to the automatic dialer (manual: Envio automático de Contatos ao Discador).
 *
 * The order of a load: `contactClear` of the queue if the tenant has it, `prepare`, `send` until all contacts have been sent, `activate`. When the
 * mailing is deactivated: `deactivate`, then `dialerResults`.
 */
export interface ContactLoad {
  /** What one exchange carries: the whole mailing as one file, a batch, or one contact. */
  readonly unit: 'mailing' | 'batch' | 'contact';
  /** Present if `unit` is `batch`. */
  readonly batch?: ContactBatch | undefined;
  /**
   * Whether sending the same contact again leaves one entry at the vendor (it takes a key, or overwrites). If false, a contact whose
   * answer was lost is in doubt and is never sent again without the vendor's or a person's word.
   */
  readonly repeatable: boolean;
  /** How many phones of a contact the vendor takes, if fewer than five; the others are listed as not taken. */
  readonly mostPhones?: number | undefined;
  /** Once, before the first exchange: creates a list at the vendor, for instance. */
  readonly prepare?: LoadStep | undefined;
  /** One exchange, in the order of the contacts. Never repeats a request on its own once it has been sent. */
  readonly send: (input: ContactLoadInput, context: AdapterContext) => Promise<ContactLoadResult>;
  /**
   * Asks the vendor which of these contacts it has: settles what is in doubt.
   *
   * @returns the ids of the contacts that are there, exactly as they were passed: an id in another format counts as absent, and its contact is sent again
   */
  readonly find?:
    | ((
        mailing: Mailing,
        contacts: readonly Contact[],
        context: AdapterContext,
      ) => Promise<ReadonlySet<ContactId>>)
    | undefined;
  /** After the last contact, and when a paused dialer resumes: dialing begins. Safe to repeat. */
  readonly activate?: LoadStep | undefined;
  /**
   * Present if dialing may end by itself, for instance when the telephone system restarts. Called twice a minute while the mailing is active: restarts dialing
   * if it has ended, and changes nothing else.
   */
  readonly keepDialing?:
    | ((mailing: Mailing, context: AdapterContext) => Promise<{ readonly isStartedAgain: boolean }>)
    | undefined;
  /** Dialing ends; contacts that were not dialed may stay at the vendor until the next clear. Safe to repeat. */
  readonly deactivate?: ((mailing: Mailing, context: AdapterContext) => Promise<void>) | undefined;
}
