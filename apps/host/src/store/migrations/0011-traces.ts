import type { Migration } from './migration.ts';

/** In which span a message was made, or a mailing taken in, where somebody records spans: what is done later is found from there. */
export const traces: Migration = {
  name: '0011-traces',
  statements: [
    `alter table webhook_deliveries add column trace text`,
    `alter table mailings add column trace text`,
  ],
};
