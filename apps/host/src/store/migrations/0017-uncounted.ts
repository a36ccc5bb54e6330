import type { Migration } from './migration.ts';

/** Tables that have more than one index of a company or a mailing, or are asked for many rows of one at once. */
const owners = [
  { tables: ['calls', 'events', 'exchanges'], owner: 'tenant_id', type: 'text' },
  {
    tables: ['mailing_contacts', 'mailing_pages', 'mailing_numbers', 'attempts'],
    owner: 'mailing',
    type: 'bigint',
  },
] as const;

const uncount = (table: string, owner: string, type: string): string => `do $$ begin
    alter table ${table} alter column ${owner} type ${type}, alter column ${owner} set statistics 0;
  exception when feature_not_supported then
    raise warning 'the statistics of %.% are kept: %', '${table}', '${owner}', sqlerrm;
  end $$`;

/**
 * PostgreSQL counts the rows of each company and each mailing only now and then, and takes one that has come since for empty: then one index is as good as another
 * to it, and for each contact or call that is looked for it may read the whole mailing, or all calls of the company. Without these counts it takes each for large.
 * That a column is given the type that it has discards the counts of before. PostgreSQL refuses that for a column that a view uses, such as one for reports: then
 * the table keeps its counts, because counts that stay as they are would be worse, and the host starts nevertheless.
 */
export const uncounted: Migration = {
  name: '0017-uncounted',
  statements: [],
  onPostgres: owners.flatMap(({ tables, owner, type }) =>
    tables.map((table) => uncount(table, owner, type)),
  ),
};
