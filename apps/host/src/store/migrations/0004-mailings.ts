import type { Migration } from './migration.ts';

/** Mailings with the ledger of their contacts, and which mailing has which queue. */
export const mailings: Migration = {
  name: '0004-mailings',
  statements: [
    `create table mailings (
      id text primary key not null, ref {big} not null unique, tenant_id text not null, queue text not null, state text not null,
      step text, total {big} not null, rejected {big} not null, pending {big} not null, sending {big} not null, sent {big} not null,
      failed {big} not null, in_doubt {big} not null, taken {big}, area_codes text not null, sealed text not null, error text,
      cleared_at {big}, prepared_at {big}, file_at {big}, activated_at {big}, replaced_at {big}, finished_at {big},
      held_until {big} not null, tries {big} not null, host_id text, fence {big} not null, lease_until {big} not null,
      created_at {big} not null, updated_at {big} not null)`,
    `create index mailings_by_tenant on mailings (tenant_id, created_at)`,
    `create index mailings_due on mailings (held_until) where state in ('receiving', 'waiting', 'loading', 'deactivating')`,
    `create table mailing_contacts (
      mailing {big} not null, position {big} not null, contact_id text not null, state text not null, sealed text not null,
      vendor text, updated_at {big} not null, primary key (mailing, position)) {clustered}`,
    `create unique index mailing_contacts_by_id on mailing_contacts (mailing, contact_id)`,
    `create index mailing_contacts_unsettled on mailing_contacts (mailing, state, position) where state in ('sending', 'failed', 'in_doubt')`,
    `create table mailing_numbers (
      mailing {big} not null, number_key {big} not null, position {big} not null,
      primary key (mailing, number_key, position)) {clustered}`,
    `create table mailing_rejects (
      mailing {big} not null, seq {big} not null, line {big} not null, kind text not null, reason text not null,
      message text not null, contact_id text, sealed text not null, primary key (mailing, seq)) {clustered}`,
    `create table queue_owners (
      tenant_id text not null, queue text not null, mailing_id text not null, previous_id text,
      primary key (tenant_id, queue)) {clustered}`,
  ],
};
