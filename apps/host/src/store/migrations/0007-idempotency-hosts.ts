import type { Migration } from './migration.ts';

/** Who works on a request with an `Idempotency-Key`, and on what: so that another one can go on where its host has died. */
export const idempotencyHosts: Migration = {
  name: '0007-idempotency-hosts',
  statements: [
    `alter table idempotency_keys add column host_id text`,
    `alter table idempotency_keys add column subject text`,
  ],
};
