import type { AdapterContext } from '../context.ts';
import type { Contact } from '../values/contact.ts';
import type { Parameters, Queue } from '../values/identifiers.ts';
import type { Mailing } from '../values/mailing.ts';

/** The mailing previously loaded into the queue, for vendors that delete a list by its id, or contact by contact. */
export interface PreviousLoad {
  readonly mailing: Mailing;
  /** The contacts of the mailing that the vendor may have. */
  readonly contacts: () => AsyncIterable<Contact>;
}

/** The queue to empty. */
export interface ContactClearInput {
  readonly queue: Queue;
  readonly parameters: Parameters;
  /** Absent if nothing is known to have been loaded into this queue. */
  readonly previous?: PreviousLoad;
}

/** What the vendor reported. */
export interface ContactClearResult {
  /** How many contacts the vendor says it removed, if it does. */
  readonly cleared?: number | undefined;
}

/**
 * Empties the dialer's queue, before every load (manual: Limpeza de Contatos do Discador). Safe to repeat. An already empty queue is
 * a success. Resolves only when the vendor has confirmed: a load may follow.
 */
export type ContactClear = (
  input: ContactClearInput,
  context: AdapterContext,
) => Promise<ContactClearResult>;
