import {
  CompiledQuery,
  SqliteDialect,
  SqliteDriver,
  type DatabaseConnection,
  type SqliteDialectConfig,
} from 'kysely';

/** Waits its turn to write, and syncs before the connection is given back, so before any write is acknowledged. */
class DurableSqliteDriver extends SqliteDriver {
  readonly #beforeRelease: () => Promise<void>;

  constructor(config: SqliteDialectConfig, beforeRelease: () => Promise<void>) {
    super(config);
    this.#beforeRelease = beforeRelease;
  }

  /**
   * As a writer from its beginning: one that has read first cannot write any more when another process, a command for instance, has written meanwhile,
   * and SQLite does not even wait for that.
   */
  override async beginTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('begin immediate'));
  }

  override async releaseConnection(): Promise<void> {
    try {
      await this.#beforeRelease();
    } finally {
      await super.releaseConnection();
    }
  }
}

/**
 * Kysely on a SQLite that commits without waiting for the disk (`synchronous=NORMAL`), and waits for it before a write is acknowledged. What is
 * durable, and when, is the same as with `synchronous=FULL`.
 */
export class DurableSqliteDialect extends SqliteDialect {
  readonly #config: SqliteDialectConfig;
  readonly #beforeRelease: () => Promise<void>;

  constructor(config: SqliteDialectConfig, beforeRelease: () => Promise<void>) {
    super(config);
    this.#config = config;
    this.#beforeRelease = beforeRelease;
  }

  override createDriver(): SqliteDriver {
    return new DurableSqliteDriver(this.#config, this.#beforeRelease);
  }
}
