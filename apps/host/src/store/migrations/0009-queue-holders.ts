import type { Migration } from './migration.ts';

/** Whose contacts a queue holds is told by the clears that were confirmed: a mailing that has taken a queue, and could not clear it, holds nothing there. */
export const queueHolders: Migration = {
  name: '0009-queue-holders',
  statements: [
    `alter table queue_owners rename column previous_id to holder_id`,
    `update queue_owners set holder_id = mailing_id where exists
      (select 1 from mailings where mailings.id = queue_owners.mailing_id and mailings.cleared_at is not null)`,
  ],
};
