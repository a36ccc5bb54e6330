import { Pool } from 'undici';
import type { AddressGuard } from './address-guard.ts';
import { createConnectionGate, type ConnectionGate } from './connection-gate.ts';
import { addressMs, connectTimeoutMs, createConnector } from './connector.ts';
import { GivenUpError } from './egress-error.ts';
import type { EgressScope } from './egress.ts';
import { createWay, type Proxy } from './proxy.ts';

/** Vendors close idle connections, Asterisk after 15 s; a request into a closing one would meet a reset. */
const keepAliveMs = 10_000;
/**
 * So long each request has a connection of its own, after one broke under a request: its server may close what it said it would keep, and each request
 * that meets that would be in doubt.
 */
const unkeptMs = 5 * 60_000;
/** Of pools, and of gates: the oldest are given up first. */
const mostKept = 4000;

/** Where a request goes: the gate of its connection, and the sockets to one origin. */
export interface Target {
  readonly gate: ConnectionGate;
  /** Asked for once the gate has let it pass: those of before it waited may be gone. @throws {GivenUpError} when the host ends */
  readonly sockets: () => Sockets;
}

export interface Sockets {
  readonly dispatcher: Pool;
  /** Whether another request may use a socket after this one. */
  readonly keepsSocket: boolean;
  /** The connection broke under a request, before there was any answer. */
  readonly broke: () => void;
}

export interface Targets {
  readonly of: (scope: EgressScope, url: URL) => Target;
  readonly close: () => Promise<void>;
}

/** Sockets and limits for each connection of each tenant: one that hangs takes nothing from another. */
export function createTargets(
  { lookupFor, isOpened }: Pick<AddressGuard, 'lookupFor' | 'isOpened'>,
  proxy: Proxy | undefined,
  now: () => number,
): Targets {
  const gates = new Map<string, ConnectionGate>();
  const pools = new Map<string, Pool>();
  /** Until when no socket of a pool is used again. */
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
    if (known) return known;
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
      // A resumed TLS session skips certificate verification: sessions of another trust must not be available.
      connect: createConnector(lookup, trust, openWay),
    });
    pools.set(key, pool);
    if (pools.size > mostKept) closeOldest();
    return pool;
  }

  /** Of those that have nothing under way. The map keeps the order of making: the first is the oldest. */
  function closeOldest(): void {
    for (const [key, pool] of pools) {
      if (pool.stats.running > 0 || pool.stats.pending > 0) continue;
      pools.delete(key);
      void pool.close();
      return;
    }
  }

  return {
    of(scope, url) {
      // New limits in the tenant document make a new gate, and so does another certificate: it has not failed yet, and sockets of before have not shown it.
      const { tenantId, connection, limits, trust, feature } = scope;
      const { requestsPerSecond, concurrency } = limits;
      const key = `${tenantId}\n${connection}\n${concurrency}\n${requestsPerSecond}\n${trust?.fingerprint256 ?? ''}`;
      const gate = gateOf(key, scope);
      // A listener may pause a recording for half an hour, and its socket with it: no call waits for one of these.
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
      await Promise.all([...pools.values()].map((pool) => pool.destroy()));
      pools.clear();
    },
  };
}
