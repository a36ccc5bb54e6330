import type { Migration } from './migration.ts';

/** Finds the mailings that hosts look for all the time without reading those of all companies: the index before it was of no use to these queries. */
export const mailingsByState: Migration = {
  name: '0008-mailings-by-state',
  statements: [
    `drop index mailings_due`,
    `create index mailings_by_state on mailings (state, tenant_id, step)`,
  ],
};
