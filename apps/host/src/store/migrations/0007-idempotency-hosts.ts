import type { Migration } from './migration.ts';

/** Which host works on a request with an `Idempotency-Key`, and what the request has started, so that another host can go on if that one dies. */
export const idempotencyHosts: Migration = {
  name: '0007-idempotency-hosts',
  statements: [
    `alter table idempotency_keys add column host_id text`,
    `alter table idempotency_keys add column subject text`,
  ],
};
