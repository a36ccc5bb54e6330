import type { Migration } from './migration.ts';

/** A queue that is being cleared by hand: no load begins in it meanwhile. */
export const queueClears: Migration = {
  name: '0005-queue-clears',
  statements: ['alter table queue_owners add column clearing_until {big} not null default 0'],
};
