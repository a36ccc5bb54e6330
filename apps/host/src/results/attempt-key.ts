import type { AttemptTable } from '../store/schema.ts';

/** An attempt on its way into the store: contact found, number hashed, the vendor's status known by its id. */
export interface IncomingAttempt {
  readonly key: string;
  /** Keys under which it may have been stored while the vendor told less of it. */
  readonly earlierKeys: readonly string[];
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
 * the second, for reports seldom say more, and not always the same more. What would have made it the same with less that is known comes behind it.
 */
export function attemptKeys({
  id,
  callId,
  contactId,
  numberHash,
  at,
}: AttemptIdentity): Pick<IncomingAttempt, 'key' | 'earlierKeys'> {
  const numberAndTime = `${numberHash.slice(0, 16)}:${Math.floor(at / 1000)}`;
  const [key, ...earlierKeys] = [
    ...(id === undefined ? [] : [`i:${id}`]),
    ...(callId === null ? [] : [`c:${callId}:${numberAndTime}`]),
    ...(contactId === null ? [] : [`n:${contactId}:${numberAndTime}`]),
  ];
  const least = `n::${numberAndTime}`;
  return key === undefined
    ? { key: least, earlierKeys: [] }
    : { key, earlierKeys: [...earlierKeys, least] };
}
