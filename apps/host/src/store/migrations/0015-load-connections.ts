import type { Migration } from './migration.ts';

/** Which telephone system has the contacts of a mailing: not the one that its company has turned to since. */
export const loadConnections: Migration = {
  name: '0015-load-connections',
  statements: ['alter table mailings add column connection text'],
};
