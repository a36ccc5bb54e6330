import {
  CompiledQuery,
  SqliteAdapter,
  SqliteDialect,
  SqliteDriver,
  type DatabaseConnection,
  type SqliteDialectConfig,
} from 'kysely';

/**
 * Waits its turn to write, and syncs before the connection is given back, so before any write is acknowledged.
 *
 * It lends the one connection by itself: Kysely would never give it to anybody again once a sync has failed.
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
   * Begins as a writer. A transaction that has read first cannot write any more once another process, a command for instance, has written, and SQLite
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

/** Lets Kysely ask for as many connections as it likes: the driver lends the only one to one after another. */
class LendingSqliteAdapter extends SqliteAdapter {
  override get supportsMultipleConnections(): boolean {
    return true;
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

  override createAdapter(): SqliteAdapter {
    return new LendingSqliteAdapter();
  }

  override createDriver(): SqliteDriver {
    return new DurableSqliteDriver(this.#config, this.#beforeRelease);
  }
}
