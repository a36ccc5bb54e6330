import type { Migration } from './migration.ts';

/** Rows of a report that are of another time than the mailing's. */
export const resultsOutside: Migration = {
  name: '0006-results-outside',
  statements: ['alter table mailing_results add column outside {big} not null default 0'],
};
