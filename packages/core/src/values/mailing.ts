import type { Parameters, Queue } from './identifiers.ts';

/** Values that an adapter read from answers and wants back later, by name. */
export type Captures = Readonly<Record<string, string>>;

/** A list of contacts on its way through the dialer, as an adapter sees it. */
export interface Mailing {
  /** Our own id: letters, digits and `-`, at most 64. */
  readonly mailingId: string;
  readonly queue: Queue;
  readonly parameters: Parameters;
  /** What earlier exchanges of this mailing have kept: the id of its list at the vendor, for instance. */
  readonly captures: Captures;
}
