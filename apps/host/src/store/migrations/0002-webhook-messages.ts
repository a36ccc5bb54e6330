import type { Migration } from './migration.ts';

/** Webhooks carry more than answered calls: a delivery names the type of its message, and which message of that type it is. */
export const webhookMessages: Migration = {
  name: '0002-webhook-messages',
  statements: [
    `create table webhook_messages (
      tenant_id text not null, type text not null, subject text not null, state text not null, attempts {big} not null,
      next_at {big} not null, claimed_by text, claimed_until {big} not null, last_error text,
      primary key (tenant_id, type, subject)) {clustered}`,
    `insert into webhook_messages (tenant_id, type, subject, state, attempts, next_at, claimed_by, claimed_until, last_error)
      select tenant_id, 'call.answered', cast(seq as text), state, attempts, next_at, claimed_by, claimed_until, last_error
      from webhook_deliveries`,
    `drop table webhook_deliveries`,
    `alter table webhook_messages rename to webhook_deliveries`,
    `create index webhook_deliveries_due on webhook_deliveries (next_at) where state = 'pending'`,
  ],
};
