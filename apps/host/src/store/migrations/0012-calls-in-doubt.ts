import type { Migration } from './migration.ts';

/** Calls in doubt are counted without reading the calls of all companies. */
export const callsInDoubt: Migration = {
  name: '0012-calls-in-doubt',
  statements: [`create index calls_in_doubt on calls (tenant_id) where state = 'in_doubt'`],
};
