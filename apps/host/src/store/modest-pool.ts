import pg from 'pg';
import { platformCode } from '../platform-code.ts';

/** How long it makes do with what it has, before it asks the server for another connection. */
const modestMs = 5000;

type Taken = Parameters<pg.Pool['connect']>[0];

/**
 * A pool that makes do with the connections that it has where the server gives no more, because others have taken them. An ordinary pool asks the server
 * whenever its own are busy: it would refuse an event, which is not told again, though a connection is free in a moment.
 */
export class ModestPool extends pg.Pool {
  readonly #most: number;
  #growing: NodeJS.Timeout | undefined;

  constructor(config: pg.PoolConfig & { readonly max: number }) {
    super(config);
    this.#most = config.max;
  }

  override connect(): Promise<pg.PoolClient>;
  override connect(taken: Taken): void;
  override connect(taken?: Taken): Promise<pg.PoolClient> | void {
    const connecting = this.#connect();
    if (!taken) return connecting;
    connecting.then(
      (client) => taken(undefined, client, (broken) => client.release(broken)),
      (error: Error) => taken(error, undefined, () => undefined),
    );
  }

  async #connect(): Promise<pg.PoolClient> {
    for (let tries = 1; ; tries += 1) {
      try {
        return await super.connect();
      } catch (error) {
        // Without any connection there is nothing to wait for. Those that are being made are counted, too, and may fail as well: at most as often as there are connections.
        if (!isRefusedAsFull(error) || this.totalCount === 0 || tries > this.#most) throw error;
        this.#makeDo();
      }
    }
  }

  /** Whoever wants a connection from here on waits for one of those that are there. */
  #makeDo(): void {
    this.options.max = this.totalCount;
    clearTimeout(this.#growing);
    this.#growing = setTimeout(() => {
      this.options.max = this.#most;
    }, modestMs);
    this.#growing.unref();
  }
}

/** By PostgreSQL, of the server, the database or the role; by PgBouncer, which has no code for it. */
const isRefusedAsFull = (error: unknown): boolean =>
  platformCode(error) === '53300' ||
  (error instanceof Error && error.message.startsWith('no more connections allowed'));
