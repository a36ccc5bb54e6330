import type { AdapterContext } from '../context.ts';
import type { VendorAnswer } from '../errors/telephony-error.ts';
import type { Contact } from '../values/contact.ts';
import type { ContactId } from '../values/identifiers.ts';
import type { Captures, Mailing } from '../values/mailing.ts';

/** One exchange of a load. */
export interface ContactLoadInput {
  readonly mailing: Mailing;
  /**
   * The contacts of this exchange: all of the mailing, a batch, or exactly one, as `unit` says. Read in order. Reading again begins with the first,
   * for a file that is sent once more after a new login.
   */
  readonly contacts: AsyncIterable<Contact>;
}

/** A contact that the vendor did not take, in the vendor's own words. */
export interface RejectedContact {
  /** As the vendor names it. Where that is no id that was sent, every contact that it may mean is in doubt. */
  readonly contactId: ContactId;
  readonly vendor: VendorAnswer;
}

/** What the vendor told of one exchange. */
export interface ContactLoadResult {
  /** Empty when the vendor took every contact of the exchange. */
  readonly rejected: readonly RejectedContact[];
  /** How many contacts the vendor says it took, where it says so: fewer than were sent shows a silent loss. */
  readonly taken?: number | undefined;
  /** Added to the mailing's captures. */
  readonly captures?: Captures | undefined;
  /** The vendor's words for what it took. */
  readonly vendor?: VendorAnswer | undefined;
}

/** How contacts are put together where one exchange carries several. */
export interface ContactBatch {
  /** Most weight of one exchange. */
  readonly size: number;
  /** What a contact weighs: 1, or the number of its phones where the vendor counts those. */
  readonly weigh: (contact: Contact) => number;
}

/** What the steps around a load tell. */
export interface LoadStepResult {
  /** Added to the mailing's captures. */
  readonly captures?: Captures | undefined;
  /** How many contacts the vendor says it took, where only this step hears of it. */
  readonly taken?: number | undefined;
}

/** A step around a load, for the whole mailing. */
export type LoadStep = (mailing: Mailing, context: AdapterContext) => Promise<LoadStepResult>;

/**
 * Sends contacts to the automatic dialer (manual: Envio automático de Contatos ao Discador).
 *
 * The order of a load: `contactClear` of the queue where the tenant has it, `prepare`, `send` until all contacts have gone, `activate`. When the
 * mailing is deactivated: `deactivate`, then `dialerResults`.
 */
export interface ContactLoad {
  /** What one exchange carries: the whole mailing as one file, a batch, or one contact. */
  readonly unit: 'mailing' | 'batch' | 'contact';
  /** Present where `unit` is `batch`. */
  readonly batch?: ContactBatch | undefined;
  /**
   * Whether sending the same contact again leaves one entry at the vendor (it takes a key, or overwrites). Where false, a contact whose
   * answer was lost is in doubt and is never sent again without the vendor's or a person's word.
   */
  readonly repeatable: boolean;
  /** How many phones of a contact the vendor takes, where fewer than five; the others are listed as not taken. */
  readonly mostPhones?: number | undefined;
  /** Once, before the first exchange: makes a list at the vendor, for instance. */
  readonly prepare?: LoadStep | undefined;
  /** One exchange, in the order of the contacts. Never repeats a request by itself once it has left. */
  readonly send: (input: ContactLoadInput, context: AdapterContext) => Promise<ContactLoadResult>;
  /**
   * Asks the vendor which of these contacts it has: settles what is in doubt.
   *
   * @returns the ids of those that are there, as they were given: one in another form is taken for absent, and its contact sent again
   */
  readonly find?:
    | ((
        mailing: Mailing,
        contacts: readonly Contact[],
        context: AdapterContext,
      ) => Promise<ReadonlySet<ContactId>>)
    | undefined;
  /** After the last contact, and when a paused dialer goes on: dialing begins. Safe to repeat. */
  readonly activate?: LoadStep | undefined;
  /**
   * Present where dialing may end by itself, for instance when the telephone system restarts. Called twice a minute while the mailing is active: starts dialing
   * again where it has ended, and changes nothing else.
   */
  readonly keepDialing?:
    | ((mailing: Mailing, context: AdapterContext) => Promise<{ readonly isStartedAgain: boolean }>)
    | undefined;
  /** Dialing ends; contacts that were not dialed may stay at the vendor until the next clear. Safe to repeat. */
  readonly deactivate?: ((mailing: Mailing, context: AdapterContext) => Promise<void>) | undefined;
}
