import type { Kysely } from 'kysely';
import type { Pool, PoolClient } from 'pg';
import type { Egress } from '../../src/egress/egress.ts';
import { readEnvironment } from '../../src/environment.ts';
import { createLogger } from '../../src/logger.ts';
import type { Schema } from '../../src/store/schema.ts';
import { serve } from '../../src/serve.ts';
import type { NativeStore, Store } from '../../src/store/store.ts';
import { adminKey } from './test-host.ts';

/** Whether a host lives. Where it is dead nothing that it has begun comes back to it, and nothing leaves it any more, as after `kill -9`. */
class Life {
  #isDead = false;
  readonly #endings: (() => void)[] = [];
  #thaw: (() => void) | undefined;
  #frozen: Promise<void> | undefined;

  get isDead(): boolean {
    return this.#isDead;
  }

  die(): void {
    this.#isDead = true;
    for (const end of this.#endings) end();
    this.thaw();
  }

  /** What the machine does when the process is gone. */
  atDeath(end: () => void): void {
    this.#endings.push(end);
  }

  /** As by SIGSTOP. */
  freeze(): void {
    this.#frozen ??= new Promise((resolve) => {
      this.#thaw = resolve;
    });
  }

  thaw(): void {
    this.#thaw?.();
    this.#frozen = undefined;
  }

  /** Work whose result a dead host never sees, and a frozen one sees later. */
  async through<Result>(work: () => Promise<Result>): Promise<Result> {
    await this.#pass();
    try {
      return await work();
    } finally {
      await this.#pass();
    }
  }

  async #pass(): Promise<void> {
    await this.#frozen;
    if (this.#isDead) await new Promise(() => undefined);
  }
}

/** The host that is being put together: what is opened meanwhile is its own. */
let beginning: { readonly life: Life; store?: Store } | undefined;

function lastLife(): Life {
  if (!beginning) throw new Error('no host is being put together');
  return beginning.life;
}

/** A store that a host loses when it dies. For `vi.mock` of `open-store.ts`. */
export function mortalStore(store: Store): Store {
  const life = lastLife();
  beginning = { life, store };
  const db: Kysely<Schema> = store.db.withPlugin({
    transformQuery: ({ node }) => {
      if (life.isDead) throw new Error('the host is dead');
      return node;
    },
    transformResult: ({ result }) => life.through(async () => result),
  });
  return { ...store, db, native: mortalNative(store.native, life) };
}

function mortalNative(native: NativeStore, life: Life): NativeStore {
  if (native.engine === 'sqlite') {
    return {
      engine: 'sqlite',
      transaction: (work) => life.through(() => native.transaction(work)),
      note: (work) => life.through(() => native.note(work)),
    };
  }
  breakConnections(native.pool, life);
  const pool = new Proxy(native.pool, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== 'function') return value;
      return name === 'query' || name === 'connect'
        ? (...args: unknown[]) => life.through(async () => Reflect.apply(value, target, args))
        : value.bind(target);
    },
  });
  return { engine: 'postgres', pool };
}

/** What a dead host has begun on a database is rolled back: its connections break. */
function breakConnections(pool: Pool, life: Life): void {
  const inUse = new Set<PoolClient>();
  pool.on('acquire', (client) => inUse.add(client));
  pool.on('release', (_, client) => inUse.delete(client));
  life.atDeath(() => {
    for (const client of inUse) {
      const release = client.release.bind(client);
      // Whatever the dead one had begun gives it back once more, when it hears that the connection is gone.
      client.release = () => undefined;
      release(true);
    }
  });
}

/** A way out that is shut when a host dies. For `vi.mock` of `create-egress.ts`. */
export function mortalEgress(egress: Egress): Egress {
  const life = lastLife();
  return {
    ...egress,
    fetchFor(scope, record) {
      const mayLeave = () => !life.isDead && (scope.mayLeave?.() ?? true);
      const fetch = egress.fetchFor({ ...scope, mayLeave }, record);
      return (...args) => life.through(() => fetch(...args));
    },
  };
}

export interface MortalHost {
  readonly life: Life;
  /** Past its life. */
  readonly store: Store;
  readonly logged: string[];
  readonly stop: () => Promise<void>;
  readonly ask: (path: string, init?: { method?: string; json?: unknown }) => Promise<Response>;
}

/** A host in this process, on a port of its own. */
export async function startMortalHost(
  variables: Readonly<Record<string, string>>,
): Promise<MortalHost> {
  const life = new Life();
  beginning = { life };
  const logged: string[] = [];
  const logger = createLogger('info', { write: (line) => void logged.push(line) });
  const running = await serve(
    readEnvironment({
      PORT: '0',
      ADMIN_KEY: adminKey,
      EGRESS_ALLOW: '127.0.0.0/8',
      DRAIN_SECONDS: '0',
      ...variables,
    }),
    logger,
  );
  const { store } = beginning;
  if (!store) throw new Error('the store was not opened by way of mortalStore');
  return {
    life,
    stop: running.stop,
    store,
    logged,
    async ask(path, { method, json } = {}) {
      return fetch(`${running.url}/v1/tenants/1042${path}`, {
        method: method ?? (json === undefined ? 'GET' : 'POST'),
        headers: { Authorization: `Bearer ${adminKey}`, 'Content-Type': 'application/json' },
        ...(json !== undefined && { body: JSON.stringify(json) }),
      });
    },
  };
}
