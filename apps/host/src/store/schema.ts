import type { Generated } from 'kysely';
import type { MailingState, RowState } from '../mailings/mailing-state.ts';

// Times are milliseconds since 1970, as integers on both engines. Columns named `sealed` hold personal data encrypted with the tenant's
// key (see vault.ts); columns named `*_hash` hold keyed hashes, for searching without reading.

export interface TenantTable {
  id: string;
  version: number;
  /** JSON of the tenant document. Names secrets, never holds one. */
  document: string;
  created_at: number;
  updated_at: number;
}

export interface TenantVersionTable {
  tenant_id: string;
  version: number;
  document: string;
  /** Id of the API key, or `cli`. */
  author: string;
  created_at: number;
}

export interface TenantKeyTable {
  tenant_id: string;
  /** The tenant's data key, encrypted under the master key named by `master_key_id`. */
  wrapped_key: string;
  master_key_id: string;
  created_at: number;
}

export interface SecretTable {
  tenant_id: string;
  name: string;
  sealed: string;
  updated_at: number;
}

export interface ApiKeyTable {
  id: string;
  /** `null`: an admin key. */
  tenant_id: string | null;
  label: string;
  /** SHA-256 of the key. */
  hash: string;
  created_at: number;
  revoked_at: number | null;
}

export interface IdempotencyTable {
  tenant_id: string;
  key: string;
  /** Hash of method, path and body: the same key with another request is refused. */
  fingerprint: string;
  /** `null` while the first request is under way. */
  status: number | null;
  sealed: string | null;
  created_at: number;
  /** The host that works on it; `null` once it is answered, and in rows from before this was recorded. */
  host_id: string | null;
  /** What the request has started, such as a mailing: a request that takes the key over finds it by this. */
  subject: string | null;
}

export interface CallTable {
  /** Our own id of the attempt. */
  id: string;
  tenant_id: string;
  feature: 'click2call' | 'transfer';
  connection: string;
  state: 'sending' | 'accepted' | 'failed' | 'in_doubt';
  call_id: string | null;
  queue: string;
  extension: string;
  number_hash: string | null;
  /** JSON: the number or the destination, captures, and the error if it failed. */
  sealed: string;
  error_code: string | null;
  /** The host process that is sending it: if it dies, the call is in doubt. */
  host_id: string;
  /** Position among the attempts that take turns, if that has to be known (call-turns.ts), and the keyed identity of that group. */
  turn: number | null;
  turn_hash: string | null;
  created_at: number;
  updated_at: number;
}

export interface EventTable {
  tenant_id: string;
  /** Without gaps per tenant, in the order of commits: the SSE id. */
  seq: number;
  /** Our own id of the event. */
  id: string;
  connection: string;
  /** Its source: the manual's two addresses or an adapter's callback. */
  source: 'server' | 'browser' | 'callback';
  call_id: string;
  extension: string;
  /** JSON of the AnsweredCall. */
  sealed: string;
  created_at: number;
}

export interface EventCounterTable {
  tenant_id: string;
  last: number;
}

export interface EventKeyTable {
  tenant_id: string;
  /** Call id, extension and contact id. */
  key: string;
  event_id: string;
  /** When the event was first received; the window of repeats counts from here. */
  created_at: number;
}

export const webhookTypes = ['call.answered', 'mailing.results'] as const;

export interface WebhookDeliveryTable {
  tenant_id: string;
  type: (typeof webhookTypes)[number];
  /** Which message of its type: an answered call by its place in the event log; results by mailing and fetch, and whether that is the last. */
  subject: string;
  state: 'pending' | 'delivered' | 'given_up';
  attempts: number;
  next_at: number;
  /** Lease: another host may take it after `claimed_until`. */
  claimed_by: string | null;
  claimed_until: number;
  last_error: string | null;
  /** A `traceparent`: the span in which it was created, if one was recorded. */
  trace: string | null;
}

export interface ExchangeTable {
  id: string;
  tenant_id: string;
  connection: string;
  feature: string;
  attempt_id: string | null;
  call_id: string | null;
  number_hash: string | null;
  contact_hash: string | null;
  method: string;
  url: string;
  /** `null`: no answer. */
  status: number | null;
  error_code: string | null;
  duration_ms: number;
  /** JSON, masked: headers and body of both sides. */
  detail: string;
  created_at: number;
}

/** The results of one mailing: the state of their fetching. */
export interface MailingResultsTable {
  mailing_id: string;
  /** The mailing's own number, which represents it in `attempts`. */
  ref: number;
  tenant_id: string;
  /** The connection that the last of them came from; as long as there is none, the one that was to be asked. */
  connection: string;
  state: 'waiting' | 'fetching' | 'complete' | 'failed';
  /** Of the last fetch that began. */
  period_from: number | null;
  period_to: number | null;
  last_seq: number;
  /** When the latest attempt was dialed. */
  latest_at: number | null;
  unreadable: number;
  /** JSON of the first unreadable rows of the last fetch: position and reason. */
  unreadable_sample: string;
  outside: number;
  /** JSON of what stopped the last fetch. */
  error: string | null;
  /** The fetch that holds the lease: a slower one that was taken for dead can no longer write. */
  fetch_id: string | null;
  lease_until: number;
  /** Failures in a row. */
  tries: number;
  /** When to fetch next; `null`: not automatically. */
  next_at: number | null;
  /** 1: fetched because the mailing was deactivated; the mailing ends with it. */
  is_final: number;
  /** When a fetch was last complete. */
  fetched_at: number | null;
  created_at: number;
}

export interface AttemptTable {
  mailing: number;
  /** In order of arrival: the cursor for further reading. */
  seq: number;
  /** The identity of the attempt across fetches; see attempt-key.ts. */
  key: string;
  contact_id: string | null;
  /** How its contact was found; `none`: not a contact of this mailing. */
  matched_by: 'contact' | 'number' | 'none';
  number_hash: string;
  number: string;
  status: number;
  call_id: string | null;
  extension: string | null;
  at: number;
  duration: number | null;
}

/** Kept in the same transaction as the attempts, so that counting a million costs nothing. */
export interface AttemptCountTable {
  mailing: number;
  status: number;
  matched_by: AttemptTable['matched_by'];
  count: number;
}

/** Each status that a vendor has used, once: a changed status map changes these rows, not the attempts. */
export interface VendorStatusTable {
  tenant_id: string;
  id: number;
  connection: string;
  status: string;
  /** As last read from the connection's settings. */
  outcome: string;
}

export interface DoNotCallTable {
  tenant_id: string;
  number_hash: string;
  sealed: string;
  author: string;
  created_at: number;
}

export interface MailingTable {
  id: string;
  /** Represents the mailing in its ledger, where a million rows carry it. */
  ref: number;
  tenant_id: string;
  queue: string;
  state: MailingState;
  /** The current step of a load. */
  step: 'clear' | 'prepare' | 'send' | 'settle' | 'activate' | null;
  /** Contacts in the ledger; the five counts below add up to it. */
  total: number;
  /** Rows that were not accepted. */
  rejected: number;
  pending: number;
  sending: number;
  sent: number;
  failed: number;
  in_doubt: number;
  /** How many contacts the vendor says it took, if it does. */
  taken: number | null;
  /** JSON list of the area codes of all numbers. */
  area_codes: string;
  /** JSON: parameters, captures. */
  sealed: string;
  /** JSON of what holds it up. */
  error: string | null;
  cleared_at: number | null;
  /** The connection that its queue was cleared for: it loads the mailing to its end. */
  connection: string | null;
  /** From its confirmed clear until that of another mailing at the same connection: meanwhile the queue there holds its contacts, and no others. */
  in_queue_since: number | null;
  prepared_at: number | null;
  /** When its file was sent; reset to `null` once it is known not to have arrived. */
  file_at: number | null;
  /** When its first file was known to have been loaded: see settled-file.ts. */
  settled_at: number | null;
  activated_at: number | null;
  /** When another mailing took the queue. */
  replaced_at: number | null;
  finished_at: number | null;
  /** Nobody works on the mailing before this time. */
  held_until: number;
  /** Failures in a row of the current step. */
  tries: number;
  host_id: string | null;
  /** Incremented by each host that takes the mailing over: writes with an older one are refused. */
  fence: number;
  lease_until: number;
  /** A `traceparent`: the span in which it was taken in, if one was recorded. */
  trace: string | null;
  created_at: number;
  updated_at: number;
}

export interface MailingContactTable {
  mailing: number;
  /** In the order of the mailing, from 1. */
  position: number;
  contact_id: string;
  state: RowState;
  /** JSON of the contact, in rows from before there were pages; otherwise empty: the contact is in its page. */
  sealed: string;
  /** Sealed JSON of the vendor's words, if it refused the contact or the outcome is unknown. */
  vendor: string | null;
  updated_at: number;
}

/** The contacts of a range of positions, sealed together: see contact-pages.ts. */
export interface MailingPageTable {
  mailing: number;
  /** Counted from 0. */
  page: number;
  sealed: string;
}

/** Finds contacts by number. */
export interface MailingNumberTable {
  mailing: number;
  /** The first 52 bits of the number's keyed hash. */
  number_key: number;
  position: number;
}

export interface MailingRejectTable {
  mailing: number;
  seq: number;
  line: number;
  /** The whole row, or one number of an accepted contact. */
  kind: 'row' | 'phone';
  reason: string;
  message: string;
  contact_id: string | null;
  /** JSON of the original row. */
  sealed: string;
}

/** Which mailing has a queue. */
export interface QueueOwnerTable {
  tenant_id: string;
  queue: string;
  /** The mailing being loaded into it, or the last one that was. */
  mailing_id: string;
  /** The queue is being cleared by hand until this time: no load begins. */
  clearing_until: Generated<number>;
}

export interface HostTable {
  id: string;
  /** A host that has not been seen for the duration of a lease is dead: what it was sending is in doubt. */
  seen_at: number;
}

export interface Schema {
  tenants: TenantTable;
  tenant_versions: TenantVersionTable;
  tenant_keys: TenantKeyTable;
  secrets: SecretTable;
  api_keys: ApiKeyTable;
  idempotency_keys: IdempotencyTable;
  calls: CallTable;
  events: EventTable;
  event_counters: EventCounterTable;
  event_keys: EventKeyTable;
  webhook_deliveries: WebhookDeliveryTable;
  exchanges: ExchangeTable;
  mailings: MailingTable;
  mailing_contacts: MailingContactTable;
  mailing_pages: MailingPageTable;
  mailing_numbers: MailingNumberTable;
  mailing_rejects: MailingRejectTable;
  queue_owners: QueueOwnerTable;
  hosts: HostTable;
  mailing_results: MailingResultsTable;
  attempts: AttemptTable;
  attempt_counts: AttemptCountTable;
  vendor_statuses: VendorStatusTable;
  do_not_call: DoNotCallTable;
}
