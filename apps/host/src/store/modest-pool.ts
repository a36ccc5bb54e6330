import pg from 'pg';
import { platformCode } from '../platform-code.ts';

/** How long it makes do with its connections before it asks the server for another one. */
const modestMs = 5000;

type Taken = Parameters<pg.Pool['connect']>[0];

/**
 * A pool that makes do with its connections if the server gives no more, because others have taken them. An ordinary pool asks the server
 * whenever its own are busy: it would refuse an event, which is not sent again, although a connection is free in a moment.
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
        // Without any connection there is nothing to wait for. Those being opened count, too, and may fail as well: at most as often as there are connections.
        if (!isRefusedAsFull(error) || this.totalCount === 0 || tries > this.#most) throw error;
        this.#makeDo();
      }
    }
  }

  /** From here on, callers wait for one of the existing connections. */
  #makeDo(): void {
    this.options.max = this.totalCount;
    clearTimeout(this.#growing);
    this.#growing = setTimeout(() => {
      this.options.max = this.#most;
    }, modestMs);
    this.#growing.unref();
  }
}

/** From PostgreSQL, for the server, the database or the role; from PgBouncer, which has no code for it. */
const isRefusedAsFull = (error: unknown): boolean =>
  platformCode(error) === '53300' ||
  (error instanceof Error && error.message.startsWith('no more connections allowed'));
