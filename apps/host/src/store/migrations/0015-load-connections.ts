import type { Migration } from './migration.ts';

/** The connection that has the contacts of a mailing, even if its company has turned to another telephone system since. */
export const loadConnections: Migration = {
  name: '0015-load-connections',
  statements: ['alter table mailings add column connection text'],
};
