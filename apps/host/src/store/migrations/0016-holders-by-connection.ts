import type { Migration } from './migration.ts';

/**
 * Which mailing's contacts a queue holds is stored by connection: a company may turn to another telephone system, and back, and each has its own queue of that
 * name. For a mailing from before its connection was stored, it is unknown which system has it.
 */
export const holdersByConnection: Migration = {
  name: '0016-holders-by-connection',
  statements: [
    `alter table mailings add column in_queue_since {big}`,
    `update mailings set in_queue_since = coalesce(cleared_at, created_at)
      where id in (select holder_id from queue_owners where holder_id is not null)`,
    `create index mailings_in_queue on mailings (tenant_id, queue) where in_queue_since is not null`,
    `alter table queue_owners drop column holder_id`,
  ],
};
