import type { Migration } from './migration.ts';

/** Tenants, keys, calls, events with their deliveries, and the log of exchanges. */
export const spine: Migration = {
  name: '0001-spine',
  statements: [
    `create table tenants (
      id text primary key not null, version {big} not null, document text not null,
      created_at {big} not null, updated_at {big} not null)`,
    `create table tenant_versions (
      tenant_id text not null, version {big} not null, document text not null, author text not null,
      created_at {big} not null, primary key (tenant_id, version))`,
    `create table tenant_keys (
      tenant_id text primary key not null, wrapped_key text not null, master_key_id text not null, created_at {big} not null)`,
    `create table secrets (
      tenant_id text not null, name text not null, sealed text not null, updated_at {big} not null,
      primary key (tenant_id, name))`,
    `create table api_keys (
      id text primary key not null, tenant_id text, label text not null, hash text not null unique,
      created_at {big} not null, revoked_at {big})`,
    `create table idempotency_keys (
      tenant_id text not null, key text not null, fingerprint text not null, status {big}, sealed text,
      created_at {big} not null, primary key (tenant_id, key))`,
    `create table calls (
      id text primary key not null, tenant_id text not null, feature text not null, connection text not null,
      state text not null, call_id text, queue text not null, extension text not null, number_hash text,
      sealed text not null, error_code text, host_id text not null, created_at {big} not null, updated_at {big} not null)`,
    `create index calls_by_call on calls (tenant_id, call_id)`,
    `create index calls_by_extension on calls (tenant_id, extension, created_at)`,
    `create index calls_by_state on calls (tenant_id, state, created_at)`,
    `create index calls_by_time on calls (tenant_id, created_at)`,
    `create index calls_under_way on calls (host_id) where state = 'sending'`,
    `create table events (
      tenant_id text not null, seq {big} not null, id text not null, connection text not null, source text not null,
      call_id text not null, extension text not null, sealed text not null, created_at {big} not null,
      primary key (tenant_id, seq)) {clustered}`,
    `create index events_by_call on events (tenant_id, call_id)`,
    `create index events_by_extension on events (tenant_id, extension, created_at)`,
    `create table event_counters (tenant_id text primary key not null, last {big} not null) {clustered}`,
    `create table event_keys (
      tenant_id text not null, key text not null, event_id text not null, created_at {big} not null,
      primary key (tenant_id, key)) {clustered}`,
    `create table webhook_deliveries (
      tenant_id text not null, seq {big} not null, state text not null, attempts {big} not null, next_at {big} not null,
      claimed_by text, claimed_until {big} not null, last_error text, primary key (tenant_id, seq)) {clustered}`,
    `create index webhook_deliveries_due on webhook_deliveries (next_at) where state = 'pending'`,
    `create table exchanges (
      id text primary key not null, tenant_id text not null, connection text not null, feature text not null,
      attempt_id text, call_id text, number_hash text, contact_hash text, method text not null, url text not null,
      status {big}, error_code text, duration_ms {big} not null, detail text not null, created_at {big} not null)`,
    `create index exchanges_by_time on exchanges (tenant_id, created_at)`,
    `create index exchanges_by_call on exchanges (tenant_id, call_id) where call_id is not null`,
    `create index exchanges_by_attempt on exchanges (tenant_id, attempt_id) where attempt_id is not null`,
    `create index exchanges_by_number on exchanges (tenant_id, number_hash) where number_hash is not null`,
    `create index exchanges_by_contact on exchanges (tenant_id, contact_hash) where contact_hash is not null`,
    `create table hosts (id text primary key not null, seen_at {big} not null)`,
  ],
};
