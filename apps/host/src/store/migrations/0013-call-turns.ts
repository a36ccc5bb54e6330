import type { Migration } from './migration.ts';

/** Two hosts that call one number at once cannot write the same turn, so the second learns of the first. */
export const callTurns: Migration = {
  name: '0013-call-turns',
  statements: [
    `alter table calls add column turn {big}`,
    `create unique index calls_by_turn on calls (tenant_id, number_hash, turn) where turn is not null`,
  ],
};
