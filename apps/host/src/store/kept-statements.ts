import type { Database, Statement } from 'better-sqlite3';
import type { SqliteDatabase } from 'kysely';

/** Several times as many as a busy host has: those with a list in them come in as many lengths as their lists. */
const most = 300;

/**
 * Keeps statements: SQLite reads and plans the text of each one, which takes longer than to find a row. The one that was not used for the longest time
 * goes first. One text is one statement, so whoever uses it reads all that it gives before the next use.
 */
export function keepStatements(database: Database): SqliteDatabase {
  const kept = new Map<string, Statement>();
  const forgetOldest = () => {
    const [oldest] = kept.keys();
    if (oldest !== undefined) kept.delete(oldest);
  };
  return {
    prepare(sql) {
      const statement = kept.get(sql) ?? database.prepare(sql);
      // A map gives its keys in the order in which they came.
      kept.delete(sql);
      kept.set(sql, statement);
      if (kept.size > most) forgetOldest();
      return statement;
    },
    close() {
      database.close();
    },
  };
}
