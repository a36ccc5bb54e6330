import type { Migration } from './migration.ts';

/** How many rows of a report lie outside the time of the mailing. */
export const resultsOutside: Migration = {
  name: '0006-results-outside',
  statements: ['alter table mailing_results add column outside {big} not null default 0'],
};
