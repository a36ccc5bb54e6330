import type { AdapterContext } from '../context.ts';
import type { Attempt } from '../values/attempt.ts';
import type { Parameters, Queue } from '../values/identifiers.ts';

export interface DialerResultsInput {
  readonly queue: Queue;
  /** Vendors nearly always ask for a period: from the mailing's activation, or the last fetch, until now. */
  readonly period: { readonly from: Date; readonly to: Date };
  readonly parameters: Parameters;
}

/**
 * Reads what became of the dialed numbers (manual: Retorno do Discador), attempt by attempt in flat memory. The same period read twice
 * gives the same attempts.
 */
export type DialerResults = (
  input: DialerResultsInput,
  context: AdapterContext,
) => AsyncIterable<Attempt>;
