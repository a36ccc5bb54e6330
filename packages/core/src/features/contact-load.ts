import type { AdapterContext } from '../context.ts';
import type { VendorAnswer } from '../errors/telephony-error.ts';
import type { Contact } from '../values/contact.ts';
import type { ContactId, Parameters, Queue } from '../values/identifiers.ts';

export interface ContactLoadInput {
  readonly queue: Queue;
  /** Our id of the mailing. */
  readonly mailingId: string;
  /** The contacts of this exchange: all of the mailing where `unit` is `mailing`, exactly one where it is `contact`. Read once, in order. */
  readonly contacts: AsyncIterable<Contact>;
  readonly parameters: Parameters;
}

/** A contact that the vendor did not take, in the vendor's own words. */
export interface RejectedContact {
  readonly contactId: ContactId;
  readonly vendor: VendorAnswer;
}

export interface ContactLoadResult {
  /** Empty when the vendor took every contact of the exchange. */
  readonly rejected: readonly RejectedContact[];
}

/** Sends contacts to the automatic dialer (manual: Envio automático de Contatos ao Discador). */
export interface ContactLoad {
  /** What one exchange carries: the whole mailing as one file, or one contact. */
  readonly unit: 'mailing' | 'contact';
  /**
   * Whether sending the same contact again leaves one entry at the vendor (it takes a key, or overwrites). Where false, a contact whose
   * answer was lost is in doubt and is never sent again without a person's word.
   */
  readonly repeatable: boolean;
  /** One exchange. Never repeats a request by itself once it has left. */
  readonly send: (input: ContactLoadInput, context: AdapterContext) => Promise<ContactLoadResult>;
}
