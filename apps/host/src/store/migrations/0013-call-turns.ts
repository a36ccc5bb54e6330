import type { Migration } from './migration.ts';

/** Of two hosts that place a call to one number at once, the second learns of the first: both cannot write the same turn. */
export const callTurns: Migration = {
  name: '0013-call-turns',
  statements: [
    `alter table calls add column turn {big}`,
    `create unique index calls_by_turn on calls (tenant_id, number_hash, turn) where turn is not null`,
  ],
};
