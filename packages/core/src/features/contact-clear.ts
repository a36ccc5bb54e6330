import type { AdapterContext } from '../context.ts';
import type { Parameters, Queue } from '../values/identifiers.ts';

export interface ContactClearInput {
  readonly queue: Queue;
  readonly parameters: Parameters;
}

export interface ContactClearResult {
  /** How many contacts the vendor says it removed, where it says so. */
  readonly cleared?: number;
}

/**
 * Empties the dialer's queue, before every load (manual: Limpeza de Contatos do Discador). Safe to repeat. An already empty queue is
 * a success. Resolves only when the vendor has confirmed: a load may follow.
 */
export type ContactClear = (
  input: ContactClearInput,
  context: AdapterContext,
) => Promise<ContactClearResult>;
