import type { Migration } from './migration.ts';

/** What became of dialed numbers, the vendors' words for it, and the do-not-call list. */
export const results: Migration = {
  name: '0003-results',
  statements: [
    `create table mailing_results (
      mailing_id text primary key not null, ref {big} not null unique, tenant_id text not null, connection text not null,
      state text not null, period_from {big}, period_to {big}, last_seq {big} not null, latest_at {big},
      unreadable {big} not null, unreadable_sample text not null, error text, fetch_id text, lease_until {big} not null,
      tries {big} not null, next_at {big}, is_final {big} not null, fetched_at {big}, created_at {big} not null)`,
    `create index mailing_results_by_tenant on mailing_results (tenant_id, latest_at)`,
    `create index mailing_results_due on mailing_results (next_at) where next_at is not null`,
    `create table attempts (
      mailing {big} not null, seq {big} not null, key text not null, contact_id text, matched_by text not null,
      number_hash text not null, number text not null, status {big} not null, call_id text, extension text,
      at {big} not null, duration {big}, primary key (mailing, seq)) {clustered}`,
    `create unique index attempts_by_key on attempts (mailing, key)`,
    `create index attempts_by_call on attempts (call_id) where call_id is not null`,
    `create table attempt_counts (
      mailing {big} not null, status {big} not null, matched_by text not null, count {big} not null,
      primary key (mailing, status, matched_by)) {clustered}`,
    `create table vendor_statuses (
      tenant_id text not null, id {big} not null, connection text not null, status text not null, outcome text not null,
      primary key (tenant_id, id)) {clustered}`,
    `create unique index vendor_statuses_by_word on vendor_statuses (tenant_id, connection, status)`,
    `create table do_not_call (
      tenant_id text not null, number_hash text not null, sealed text not null, author text not null,
      created_at {big} not null, primary key (tenant_id, number_hash)) {clustered}`,
    `create index calls_by_number on calls (tenant_id, number_hash, created_at) where number_hash is not null`,
    `create index calls_without_id on calls (tenant_id, created_at) where call_id is null and state in ('accepted', 'in_doubt')`,
  ],
};
