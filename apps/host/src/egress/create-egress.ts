import { Readable } from 'node:stream';
import { afterSending, TelephonyError, type ContextRequestInit } from '@finaz-telephony/core';
import { Pool } from 'undici';
import { createAddressGuard } from './address-guard.ts';
import { createConnectionGate, type ConnectionGate } from './connection-limits.ts';
import { createConnector } from './connector.ts';
import { dispatch } from './dispatch.ts';
import { asEgressError } from './egress-error.ts';
import type { EgressResponse } from './egress-response.ts';
import type { Egress, EgressScope } from './egress.ts';
import { createExchangeRecorder, type ExchangeRecorder } from './exchange-recorder.ts';
import type { Resolve } from './name-lookups.ts';
import { outgoingBody, type OutgoingBody } from './request-body.ts';

export interface EgressOptions {
  /** Networks that may be reached besides the public ones (`EGRESS_ALLOW`). */
  readonly allow: readonly string[];
  readonly resolve?: Resolve;
  readonly now?: () => number;
}

/** Vendors close idle connections, Asterisk after 15 s; a request into a closing one would meet a reset. */
const keepAliveMs = 10_000;
/**
 * So long each request has a connection of its own, after one broke under a request: its server may close what it said it would keep, and each request that meets
 * that would be in doubt.
 */
const unkeptMs = 5 * 60_000;
const mostRedirects = 5;
const mostPools = 4000;

interface Target {
  readonly dispatcher: Pool;
  readonly gate: ConnectionGate;
}

/**
 * The one way out. Each connection of each tenant has sockets and limits of its own: one that hangs takes nothing from another.
 */
export function createEgress({ allow, resolve, now = Date.now }: EgressOptions): Egress {
  const guard = createAddressGuard(allow, resolve);
  const gates = new Map<string, ConnectionGate>();
  const pools = new Map<string, Pool>();
  /** Until when no socket of a pool is used again. */
  const unkeptUntil = new WeakMap<Pool, number>();

  function dispatcherOf(key: string, origin: string, scope: EgressScope): Pool {
    const { tenantId, limits, trust } = scope;
    const poolKey = `${key}\n${origin}`;
    const known = pools.get(poolKey);
    if (known) return known;
    const pool = new Pool(origin, {
      connections: limits.concurrency,
      pipelining: 1,
      keepAliveTimeout: keepAliveMs,
      keepAliveMaxTimeout: keepAliveMs,
      maxHeaderSize: 32_768,
      allowH2: false,
      // Whoever resumes a session of TLS does not look at the certificate again: sessions of another trust must not be at hand.
      connect: createConnector(guard.lookupFor(tenantId), trust),
    });
    pools.set(poolKey, pool);
    if (pools.size > mostPools) closeOldest();
    return pool;
  }

  /** The map keeps the order of making: the first is the oldest. */
  function closeOldest(): void {
    for (const [key, pool] of pools) {
      if (pool.stats.running > 0 || pool.stats.pending > 0) continue;
      pools.delete(key);
      void pool.close();
      return;
    }
  }

  function targetOf(scope: EgressScope, url: URL): Target {
    // New limits in the tenant document make a new gate, and so does another certificate: it has not failed yet, and sockets of before have not shown it.
    const { tenantId, connection, limits, trust } = scope;
    const { requestsPerSecond, concurrency } = limits;
    const key = `${tenantId}\n${connection}\n${concurrency}\n${requestsPerSecond}\n${trust?.fingerprint256 ?? ''}`;
    let gate = gates.get(key);
    if (!gate) {
      gate = createConnectionGate(scope, now);
      gates.set(key, gate);
      if (gates.size > mostPools) gates.delete(gates.keys().next().value ?? '');
    }
    // A listener may pause a recording for half an hour, and its socket with it: no call waits for one of these.
    const sockets = scope.feature === 'recording' ? `${key}\nrecording` : key;
    return { gate, dispatcher: dispatcherOf(sockets, url.origin, scope) };
  }

  return {
    fetchFor(scope, record) {
      return async (address, init = {}) => {
        const recorder = createExchangeRecorder(scope, record);
        const url = parseUrl(address);
        const body = await outgoingBody(init.body);
        const follow = init.redirect === 'follow';
        return follow
          ? sendFollowing(scope, recorder, url, init, body)
          : sendOnce(scope, recorder, url, init, body);
      };
    },
    async close() {
      await Promise.all([...pools.values()].map((pool) => pool.destroy()));
      pools.clear();
    },
  };

  async function sendOnce(
    scope: EgressScope,
    recorder: ExchangeRecorder,
    url: URL,
    init: ContextRequestInit,
    body: OutgoingBody,
  ): Promise<EgressResponse> {
    const method = (init.method ?? 'GET').toUpperCase();
    const headers = requestHeaders(init, body);
    const exchange = recorder.begin(method, url, headers, body.sample, init.withholdAnswer);
    try {
      guard.checkUrl(url);
      const { gate, dispatcher } = targetOf(scope, url);
      return await gate.pass(() =>
        dispatch({
          dispatcher,
          scope,
          exchange,
          url,
          method,
          headers,
          init,
          content: body.content,
          keepsSocket: now() >= (unkeptUntil.get(dispatcher) ?? 0),
          broke: () => void unkeptUntil.set(dispatcher, now() + unkeptMs),
        }),
      );
    } catch (error) {
      const failure = asEgressError(error, scope, {
        hasLeft: false,
        isAnswered: false,
        isPlain: false,
      });
      exchange.fail(failure);
      throw failure;
    }
  }

  async function sendFollowing(
    scope: EgressScope,
    recorder: ExchangeRecorder,
    url: URL,
    init: ContextRequestInit,
    body: OutgoingBody,
  ): Promise<EgressResponse> {
    let current: Hop = { url, init, body };
    for (let hop = 0; hop <= mostRedirects; hop += 1) {
      const response = await sendHop(scope, recorder, current, hop);
      const location = response.headers.get('location');
      if (![301, 302, 303, 307, 308].includes(response.status) || location === null)
        return response;
      await response.drop();
      current = redirected(current, response.status, locationUrl(location, current.url));
    }
    throw new TelephonyError({
      code: 'unreadable_response',
      message: `The telephone system redirected more than ${mostRedirects} times.`,
      hint: 'Write the final address into the connection.',
      delivery: 'answered',
    });
  }

  /** After the first hop the vendor has had the request, whatever becomes of the next one. */
  async function sendHop(
    scope: EgressScope,
    recorder: ExchangeRecorder,
    { url, init, body }: Hop,
    hop: number,
  ): Promise<EgressResponse> {
    try {
      return await sendOnce(scope, recorder, url, init, body);
    } catch (error) {
      throw hop === 0 ? error : afterSending(error);
    }
  }
}

interface Hop {
  readonly url: URL;
  readonly init: ContextRequestInit;
  readonly body: OutgoingBody;
}

/** Another origin gets nothing that the document meant for the first: no credential, no body. */
function redirected({ url, init, body }: Hop, status: number, next: URL): Hop {
  const method = (init.method ?? 'GET').toUpperCase();
  const becomesGet = status === 303 || ((status === 301 || status === 302) && method === 'POST');
  const isSameOrigin = next.origin === url.origin;
  const isRepeatable = isSameOrigin && !(body.content instanceof Readable);
  if (!becomesGet && body.content !== undefined && !isRepeatable) {
    throw new TelephonyError({
      code: 'unreadable_response',
      message: isSameOrigin
        ? `The telephone system redirected a ${method} whose body can be sent only once.`
        : `The telephone system redirected a ${method} with its body to another host, which is refused.`,
      hint: 'Write the final address into the connection.',
      delivery: 'answered',
    });
  }
  const headers = new Headers(init.headers);
  const range = headers.get('range');
  const nextHeaders = isSameOrigin ? headers : new Headers(range === null ? {} : { range });
  const noBody: OutgoingBody = { content: undefined, sample: '' };
  return {
    url: next,
    init: { ...init, method: becomesGet ? 'GET' : method, headers: nextHeaders },
    body: becomesGet ? noBody : body,
  };
}

function locationUrl(location: string, base: URL): URL {
  try {
    return new URL(location, base);
  } catch (error) {
    throw new TelephonyError({
      code: 'unreadable_response',
      message: 'The telephone system redirected to something that is not an address.',
      hint: 'Write the final address into the connection.',
      delivery: 'answered',
      cause: error,
    });
  }
}

function parseUrl(address: string | URL): URL {
  try {
    return new URL(address);
  } catch (error) {
    throw new TelephonyError({
      code: 'invalid_config',
      message: 'The address of the request is not a URL.',
      hint: 'Look at the preview of the feature: it shows the address as it is made.',
      delivery: 'not_sent',
      cause: error,
    });
  }
}

function requestHeaders(init: ContextRequestInit, body: OutgoingBody): Record<string, string> {
  const headers: Record<string, string> = {
    'user-agent': 'finaz-telephony',
    accept: '*/*',
  };
  const given = init.headers;
  const entries =
    given instanceof Headers || Array.isArray(given) ? given : Object.entries(given ?? {});
  for (const [name, value] of entries)
    if (name !== undefined && value !== undefined) headers[name.toLowerCase()] = value;
  // A part of a compressed body could not be inflated. Servers mean two different things by "deflate", so it is not asked for.
  headers['accept-encoding'] ??= 'range' in headers ? 'identity' : 'gzip, br';
  if (body.contentType !== undefined) headers['content-type'] ??= body.contentType;
  if (
    body.content === undefined &&
    init.method !== undefined &&
    /^(?:post|put|patch)$/i.test(init.method)
  ) {
    headers['content-length'] = '0';
  }
  return headers;
}
