import type { CallId, ContactId, Extension, Queue } from './identifiers.ts';
import type { Captures } from './mailing.ts';

/**
 * What the host knows of a call beyond its id: vendors often look a recording up, or transfer, by other values than the call id.
 */
export interface KnownCall {
  readonly callId: CallId;
  readonly queue?: Queue;
  readonly extension?: Extension;
  readonly contactId?: ContactId;
  /** The number called, as digits with a leading plus where known: `+5511987654321`. */
  readonly number?: string;
  /** When the call was placed, dialed or answered, whichever the host knows. */
  readonly startedAt?: Date;
  /** Values that the adapter kept when the call was placed. */
  readonly captures: Captures;
}
