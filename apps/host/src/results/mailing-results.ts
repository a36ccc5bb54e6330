import type { TelephonyError, UnreadableRow } from '@finaz-telephony/core';
import { openRow } from '../store/damaged-rows.ts';
import type { MailingResultsTable } from '../store/schema.ts';
import type { Store } from '../store/store.ts';

export type FetchState = MailingResultsTable['state'];

/** Where the results of a mailing stand. */
export interface MailingResults {
  readonly mailingId: string;
  readonly tenantId: string;
  readonly ref: number;
  /** The connection that the results have come from; `null` if none have come yet. */
  readonly toldBy: string | null;
  readonly state: FetchState;
  readonly isFinal: boolean;
  readonly period: { readonly from: number; readonly to: number } | undefined;
  readonly unreadable: number;
  readonly unreadableSample: readonly UnreadableRow[];
  readonly outside: number;
  readonly error: FetchError | undefined;
  readonly tries: number;
  readonly nextAt: number | undefined;
  readonly fetchedAt: number | undefined;
  readonly createdAt: number;
  /** The place of the last attempt that is stored. */
  readonly lastSeq: number;
}

export interface FetchError {
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
  /** The vendor's own words. */
  readonly vendorMessage?: string;
}

/** Both are `null` for a mailing whose results nobody has asked for. */
export const toldBy = ({
  connection,
  last_seq,
}: {
  readonly connection: string | null;
  readonly last_seq: number | null;
}): string | null => (last_seq === null || last_seq === 0 ? null : connection);

/** Of a damaged row, what is told about fetches is left out: it keeps nobody from fetching again. */
export function toResults(
  store: Pick<Store, 'tellDamaged'>,
  row: MailingResultsTable,
): MailingResults {
  const named = { tenant: row.tenant_id, table: 'mailing_results', row: row.mailing_id };
  const { error } = row;
  const { period_from: from, period_to: to } = row;
  return {
    mailingId: row.mailing_id,
    tenantId: row.tenant_id,
    ref: row.ref,
    toldBy: toldBy(row),
    state: row.state,
    isFinal: row.is_final === 1,
    period: from === null || to === null ? undefined : { from, to },
    unreadable: row.unreadable,
    unreadableSample:
      openRow(store, named, (): UnreadableRow[] => JSON.parse(row.unreadable_sample)) ?? [],
    outside: row.outside,
    error: error === null ? undefined : openRow(store, named, (): FetchError => JSON.parse(error)),
    tries: row.tries,
    nextAt: row.next_at ?? undefined,
    fetchedAt: row.fetched_at ?? undefined,
    createdAt: row.created_at,
    lastSeq: row.last_seq,
  };
}

export function toFetchError(error: TelephonyError): FetchError {
  return {
    code: error.code,
    message: error.message,
    ...(error.hint !== undefined && { hint: error.hint }),
    ...(error.vendor?.message !== undefined && { vendorMessage: error.vendor.message }),
  };
}
