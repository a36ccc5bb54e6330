import type { Migration } from './migration.ts';

/** What hosts look for every moment is found without reading the mailings of all companies: the index before it was of no use to any of their questions. */
export const mailingsByState: Migration = {
  name: '0008-mailings-by-state',
  statements: [
    `drop index mailings_due`,
    `create index mailings_by_state on mailings (state, tenant_id, step)`,
  ],
};
