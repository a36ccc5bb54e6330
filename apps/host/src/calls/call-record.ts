import { parsePhone, type KnownCall, type Outcome } from '@finaz-telephony/core';
import { openRow } from '../store/damaged-rows.ts';
import type { CallTable } from '../store/schema.ts';
import { doesNotOpen } from '../store/seal.ts';
import type { Store } from '../store/store.ts';
import type { Tenant } from '../tenants/tenant.ts';

export type CallState = CallTable['state'];

/** The personal part of a call, stored sealed. */
export interface CallDetail {
  /** E.164, of a click2call. */
  readonly number?: string;
  /** Of a transfer. */
  readonly destination?: string;
  readonly captures?: Readonly<Record<string, string>>;
  /** What became of the call to the destination, if it was known in time, and the vendor's word for that. */
  readonly outcome?: Outcome;
  readonly vendorStatus?: string;
  readonly error?: { readonly code: string; readonly message: string };
}

export interface CallRecord {
  readonly attemptId: string;
  readonly feature: CallTable['feature'];
  readonly connection: string;
  readonly state: CallState;
  readonly callId: string | null;
  readonly queue: string;
  readonly extension: string;
  /** `undefined`: it does not open any more. */
  readonly detail: CallDetail | undefined;
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** No call lasts longer. Some telephone systems reuse ids every day: records with the same id that are further apart belong to different calls. */
export const longestCallMs = 4 * 3_600_000;

/** The company whose calls these are, and the cipher for their personal data. */
export type CallOwner = Pick<Tenant, 'id' | 'cipher'>;

/** The hash by which calls are found: the same for a number in whatever form it is written. */
export const hashNumber = ({ cipher }: Pick<CallOwner, 'cipher'>, number: string): string =>
  cipher.hash(parsePhone(number).e164 ?? number);

const place = (attemptId: string) => `calls/${attemptId}`;

export const sealDetail = (
  { cipher }: Pick<CallOwner, 'cipher'>,
  attemptId: string,
  detail: CallDetail,
): string => cipher.seal(place(attemptId), JSON.stringify(detail));

export function toRecord(
  store: Pick<Store, 'tellDamaged'>,
  { id, cipher }: CallOwner,
  row: CallTable,
): CallRecord {
  const detail = openRow(store, { tenant: id, table: 'calls', row: row.id }, (): CallDetail =>
    JSON.parse(cipher.open(place(row.id), row.sealed)),
  );
  return {
    attemptId: row.id,
    feature: row.feature,
    connection: row.connection,
    state: row.state,
    callId: row.call_id,
    queue: row.queue,
    extension: row.extension,
    detail,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

/**
 * The call as adapters get it; `undefined` if the vendor has given no id for it.
 *
 * @throws {TelephonyError} `internal` if it is damaged: without what was captured, another call might be meant
 */
export function toKnownCall(record: CallRecord): KnownCall | undefined {
  if (record.callId === null) return undefined;
  if (!record.detail) throw doesNotOpen();
  return {
    callId: record.callId,
    queue: record.queue,
    extension: record.extension,
    startedAt: new Date(record.createdAt),
    captures: record.detail.captures ?? {},
    ...(record.detail.number !== undefined && { number: record.detail.number }),
  };
}
