import type { Migration } from './migration.ts';

/** A queue holds the contacts of the mailing whose clear was confirmed: a mailing that has taken a queue, but could not clear it, has no contacts there. */
export const queueHolders: Migration = {
  name: '0009-queue-holders',
  statements: [
    `alter table queue_owners rename column previous_id to holder_id`,
    `update queue_owners set holder_id = mailing_id where exists
      (select 1 from mailings where mailings.id = queue_owners.mailing_id and mailings.cleared_at is not null)`,
  ],
};
