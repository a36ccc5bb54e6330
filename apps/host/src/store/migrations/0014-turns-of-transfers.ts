import type { Migration } from './migration.ts';

/** Transfers take turns, too: with identical transfers, whereas calls take turns with all calls to the same number. */
export const turnsOfTransfers: Migration = {
  name: '0014-turns-of-transfers',
  statements: [
    `drop index calls_by_turn`,
    `alter table calls add column turn_hash text`,
    `create unique index calls_by_turn on calls (tenant_id, turn_hash, turn) where turn is not null`,
  ],
};
