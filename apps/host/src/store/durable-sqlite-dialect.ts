import {
  CompiledQuery,
  SqliteAdapter,
  SqliteDialect,
  SqliteDriver,
  type DatabaseConnection,
  type SqliteDialectConfig,
} from 'kysely';

/**
 * Waits for its turn to write, and syncs before the connection is returned, so before any write is acknowledged.
 *
 * It lends out the single connection itself: Kysely would never lend it again once a sync has failed.
 */
class DurableSqliteDriver extends SqliteDriver {
  readonly #beforeRelease: () => Promise<void>;
  readonly #waiting: (() => void)[] = [];
  #isLent = false;

  constructor(config: SqliteDialectConfig, beforeRelease: () => Promise<void>) {
    super(config);
    this.#beforeRelease = beforeRelease;
  }

  /**
   * Begins as a writer. A transaction that reads first cannot write any more once another process, such as a command, has written; SQLite
   * fails it at once instead of waiting.
   */
  override async beginTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('begin immediate'));
  }

  override async acquireConnection(): Promise<DatabaseConnection> {
    if (this.#isLent) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#isLent = true;
    return super.acquireConnection();
  }

  override async releaseConnection(): Promise<void> {
    try {
      await this.#beforeRelease();
    } finally {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#isLent = false;
    }
  }
}

/** Lets Kysely request as many connections as it likes: the driver lends out the only one in turn. */
class LendingSqliteAdapter extends SqliteAdapter {
  override get supportsMultipleConnections(): boolean {
    return true;
  }
}

/**
 * Kysely on a SQLite that commits without waiting for the disk (`synchronous=NORMAL`), and syncs before a write is acknowledged. Durability is
 * the same as with `synchronous=FULL`.
 */
export class DurableSqliteDialect extends SqliteDialect {
  readonly #config: SqliteDialectConfig;
  readonly #beforeRelease: () => Promise<void>;

  constructor(config: SqliteDialectConfig, beforeRelease: () => Promise<void>) {
    super(config);
    this.#config = config;
    this.#beforeRelease = beforeRelease;
  }

  override createAdapter(): SqliteAdapter {
    return new LendingSqliteAdapter();
  }

  override createDriver(): SqliteDriver {
    return new DurableSqliteDriver(this.#config, this.#beforeRelease);
  }
}
