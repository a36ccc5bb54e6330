/** One step of the schema's history. Never changed once released: a later change is a later migration. */
export interface Migration {
  readonly name: string;
  /**
   * Statements in order, in the SQL that both engines share. `{big}` becomes the engine's 64-bit integer, `{clustered}` keeps the rows in
   * the order of the primary key where the engine can.
   */
  readonly statements: readonly string[];
  /** Statements for PostgreSQL alone, after the others. */
  readonly onPostgres?: readonly string[];
}
