import type { Database } from 'better-sqlite3';

/** How many rows SQLite should expect: in all, per company, and then per company and each further column of the index. In order of their names. */
const statistics: readonly (readonly [table: string, index: string, rows: string])[] = [
  ['calls', 'calls_by_call', '1000000 10000 1'],
  ['calls', 'calls_by_extension', '1000000 10000 100 1'],
  ['calls', 'calls_by_number', '1000000 10000 2 1'],
  ['calls', 'calls_by_state', '1000000 10000 3000 1'],
  ['calls', 'calls_by_time', '1000000 10000 1'],
  ['events', 'events', '1000000 10000 1'],
  ['events', 'events_by_call', '1000000 10000 1'],
  ['events', 'events_by_extension', '1000000 10000 100 1'],
  ['exchanges', 'exchanges_by_attempt', '1000000 10000 2'],
  ['exchanges', 'exchanges_by_call', '1000000 10000 2'],
  ['exchanges', 'exchanges_by_contact', '1000000 10000 4'],
  ['exchanges', 'exchanges_by_number', '1000000 10000 4'],
  ['exchanges', 'exchanges_by_time', '1000000 10000 1'],
];

/**
 * Tells SQLite how rows are distributed. Otherwise it expects ten rows per company, and plans to read all of them in order rather than to find those of
 * one call and sort them. `analyze` would count them, but a plan must not depend on how large a table was when it was counted.
 */
export function tellStatistics(database: Database): void {
  // Creates the statistics table if there is none.
  database.exec('analyze sqlite_schema');
  const told = database.prepare('select tbl, idx, stat from sqlite_stat1 order by 1, 2').raw();
  if (JSON.stringify(told.all()) === JSON.stringify(statistics)) return;
  database
    .transaction(() => {
      database.exec('delete from sqlite_stat1; delete from sqlite_stat4');
      const tell = database.prepare('insert into sqlite_stat1 (tbl, idx, stat) values (?, ?, ?)');
      for (const row of statistics) tell.run(...row);
    })
    .immediate();
  // Makes SQLite read them.
  database.exec('analyze sqlite_schema');
}
