import type { Migration } from './migration.ts';

/** The span in which a message was made, or a mailing taken in, if spans are recorded: the spans of later work link to it. */
export const traces: Migration = {
  name: '0011-traces',
  statements: [
    `alter table webhook_deliveries add column trace text`,
    `alter table mailings add column trace text`,
  ],
};
