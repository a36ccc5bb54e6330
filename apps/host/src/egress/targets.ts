import { Pool } from 'undici';
import type { AddressGuard } from './address-guard.ts';
import { createConnectionGate, type ConnectionGate } from './connection-gate.ts';
import { addressMs, connectTimeoutMs, createConnector } from './connector.ts';
import { GivenUpError } from './egress-error.ts';
import type { EgressScope } from './egress.ts';
import { createWay, type Proxy } from './proxy.ts';

/** Shorter than the time after which vendors close idle connections (Asterisk: 15 s), because a request on a closing connection would be reset. */
const keepAliveMs = 10_000;
/**
 * After a connection broke under a request, each request has a connection of its own for this long: the server may close connections that it promised to keep,
 * and every request on one of them would be in doubt.
 */
const unkeptMs = 5 * 60_000;
/** Limit of pools, and of gates; the oldest are given up first. */
const mostKept = 4000;
/**
 * Pools that were not used for so long are given up. Their sockets are long closed, but a pool keeps a client for each socket it ever had at once, 100 kB in
 * all after a mailing, and those of earlier limits, earlier addresses and deleted companies are never used again.
 */
const idleMs = 2 * unkeptMs;

/** What a request needs to be sent: the gate of its connection, and sockets to its origin. */
export interface Target {
  readonly gate: ConnectionGate;
  /** To be called after the gate was passed, because a pool may be closed while a request waits. @throws {GivenUpError} if the host is shutting down */
  readonly sockets: () => Sockets;
}

export interface Sockets {
  readonly dispatcher: Pool;
  /** Whether another request may use a socket after this one. */
  readonly keepsSocket: boolean;
  /** To be called if the connection broke under a request before any answer. */
  readonly broke: () => void;
}

export interface Targets {
  readonly of: (scope: EgressScope, url: URL) => Target;
  readonly close: () => Promise<void>;
}

interface KeptPool {
  readonly pool: Pool;
  usedAt: number;
}

/** Separate sockets and limits for each connection of each tenant, so that one that hangs takes nothing from another. */
export function createTargets(
  { lookupFor, isOpened }: Pick<AddressGuard, 'lookupFor' | 'isOpened'>,
  proxy: Proxy | undefined,
  now: () => number,
): Targets {
  const gates = new Map<string, ConnectionGate>();
  const pools = new Map<string, KeptPool>();
  /** Until when the sockets of a pool are not reused. */
  const unkeptUntil = new WeakMap<Pool, number>();
  let isClosed = false;

  function gateOf(key: string, scope: EgressScope): ConnectionGate {
    const known = gates.get(key);
    if (known) return known;
    const gate = createConnectionGate(scope, now);
    gates.set(key, gate);
    if (gates.size > mostKept) gates.delete(gates.keys().next().value ?? '');
    return gate;
  }

  function poolOf(key: string, origin: string, { tenantId, limits, trust }: EgressScope): Pool {
    const known = pools.get(key);
    if (known) {
      known.usedAt = now();
      return known.pool;
    }
    const lookup = lookupFor(tenantId);
    const openWay =
      proxy &&
      createWay(proxy, { lookup, isOwn: isOpened, timeoutMs: connectTimeoutMs, addressMs });
    const pool = new Pool(origin, {
      connections: limits.concurrency,
      pipelining: 1,
      keepAliveTimeout: keepAliveMs,
      keepAliveMaxTimeout: keepAliveMs,
      maxHeaderSize: 32_768,
      allowH2: false,
      // A resumed TLS session skips the check of the certificate, so sessions must not be shared with a connector that trusts another one.
      connect: createConnector(lookup, trust, openWay),
    });
    closeIdle();
    pools.set(key, { pool, usedAt: now() });
    return pool;
  }

  /** Closes what has nothing under way and was not used for a while; the oldest all the same if there are too many. A map iterates in the order of insertion. */
  function closeIdle(): void {
    for (const [key, { pool, usedAt }] of pools) {
      if (now() - usedAt < idleMs && pools.size < mostKept) continue;
      if (pool.stats.running > 0 || pool.stats.pending > 0) continue;
      pools.delete(key);
      void pool.close();
    }
  }

  return {
    of(scope, url) {
      // New limits or another trusted certificate in the document need a new gate and new sockets: failures and sockets of earlier settings no longer count.
      const { tenantId, connection, limits, trust, feature } = scope;
      const { requestsPerSecond, concurrency } = limits;
      const key = `${tenantId}\n${connection}\n${concurrency}\n${requestsPerSecond}\n${trust?.fingerprint256 ?? ''}`;
      const gate = gateOf(key, scope);
      // A listener may pause a recording, and thus its socket, for half an hour: recordings have their own sockets, so that no call waits for them.
      const owner = feature === 'recording' ? `${key}\nrecording` : key;
      return {
        gate,
        sockets() {
          if (isClosed) throw new GivenUpError(connection, false, undefined);
          const dispatcher = poolOf(`${owner}\n${url.origin}`, url.origin, scope);
          return {
            dispatcher,
            keepsSocket: now() >= (unkeptUntil.get(dispatcher) ?? 0),
            broke: () => void unkeptUntil.set(dispatcher, now() + unkeptMs),
          };
        },
      };
    },
    async close() {
      isClosed = true;
      await Promise.all([...pools.values()].map(({ pool }) => pool.destroy()));
      pools.clear();
    },
  };
}
