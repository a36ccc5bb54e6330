import type { AttemptTable } from '../store/schema.ts';

/** An attempt on its way into the store: contact found, number hashed, the vendor's status known by its id. */
export interface IncomingAttempt {
  readonly key: string;
  readonly contactId: string | null;
  readonly matchedBy: AttemptTable['matched_by'];
  readonly numberHash: string;
  /** In plain text; sealed by the store. */
  readonly number: string;
  readonly status: number;
  readonly callId: string | null;
  readonly extension: string | null;
  readonly at: number;
  readonly duration: number | null;
}

export interface AttemptIdentity {
  /** The vendor's own id of the attempt. */
  readonly id: string | undefined;
  readonly callId: string | null;
  readonly contactId: string | null;
  readonly numberHash: string;
  readonly at: number;
}

/**
 * What makes an attempt the same when it is fetched again: the vendor's id of it, else call id, number and time, else contact, number and time. To
 * the second, for reports seldom say more, and not always the same more.
 */
export function attemptKey({ id, callId, contactId, numberHash, at }: AttemptIdentity): string {
  if (id !== undefined) return `i:${id}`;
  const numberAndTime = `${numberHash.slice(0, 16)}:${Math.floor(at / 1000)}`;
  return callId === null ? `n:${contactId ?? ''}:${numberAndTime}` : `c:${callId}:${numberAndTime}`;
}
