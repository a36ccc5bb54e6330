import type { AttemptTable } from '../store/schema.ts';

/** An attempt on its way into the store: contact found, number hashed and sealed, the vendor's status known by its id. */
export interface IncomingAttempt {
  readonly key: string;
  /** Keys under which the attempt may be stored from a time when the vendor told less. Asked for only if an earlier fetch has stored some. */
  readonly earlierKeys: () => readonly string[];
  readonly contactId: string | null;
  readonly matchedBy: AttemptTable['matched_by'];
  readonly numberHash: string;
  readonly sealedNumber: string;
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
  readonly at: number;
}

/**
 * Identifies an attempt when it is fetched again: by the vendor's id, otherwise by call id, number and time, otherwise by contact, number and time. Times count
 * to the second: reports seldom say more, and not always the same more.
 */
export function attemptKey(identity: AttemptIdentity, numberHash: string): string {
  if (identity.id !== undefined) return byId(identity.id);
  if (identity.callId !== null) return byCall(identity.callId, identity, numberHash);
  return byContact(identity.contactId, identity, numberHash);
}

/** The keys that the attempt would have had while less was known of it. */
export function keysOfLess(identity: AttemptIdentity, numberHash: string): readonly string[] {
  const { callId, contactId } = identity;
  const keys = [
    ...(callId === null ? [] : [byCall(callId, identity, numberHash)]),
    ...(contactId === null ? [] : [byContact(contactId, identity, numberHash)]),
    byContact(null, identity, numberHash),
  ];
  const key = attemptKey(identity, numberHash);
  return keys.filter((less) => less !== key);
}

const byId = (id: string) => `i:${id}`;
const byCall = (callId: string, { at }: AttemptIdentity, numberHash: string) =>
  `c:${callId}:${numberHash.slice(0, 16)}:${Math.floor(at / 1000)}`;
const byContact = (contactId: string | null, { at }: AttemptIdentity, numberHash: string) =>
  `n:${contactId ?? ''}:${numberHash.slice(0, 16)}:${Math.floor(at / 1000)}`;
