import type { Database, Statement } from 'better-sqlite3';
import type { SqliteDatabase } from 'kysely';

/** Several times as many as a busy host uses: a statement with a list has a variant for each length of the list. */
const most = 300;

/**
 * Caches statements: SQLite parses and plans the text of each one, which takes longer than finding a row. The least recently used one is
 * evicted first. One text is one statement, so a caller must read all its rows before the next use.
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
      // Moves the statement to the end: a map keeps its keys in the order of insertion.
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
