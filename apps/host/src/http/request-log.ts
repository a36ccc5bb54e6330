import type { Logger } from '@finaz-telephony/core';
import { randomUUID } from 'node:crypto';
import { createMiddleware } from 'hono/factory';
import { Histogram, type Registry } from 'prom-client';
import { hideAddress } from '../tracing.ts';
import type { HostEnv } from './host-env.ts';
import { routeOf } from './route-of.ts';
import { createTellFailure } from './tell-failure.ts';

/**
 * Gives each request an id, and records its result in log and metrics. By its route, never by its address: paths and queries contain numbers,
 * ids of calls and tokens.
 */
export function requestLog(logger: Logger, registry: Registry) {
  const seconds = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'Time to the answer by method, route and status',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 1, 5, 15],
    registers: [registry],
  });
  const tellFailure = createTellFailure(logger);
  return createMiddleware<HostEnv>(async (context, next) => {
    const startedAt = performance.now();
    hideAddress();
    const requestId = requestIdOf(context.req.header('X-Request-Id'));
    context.set('requestId', requestId);
    // From the clock that ends the request's span: a clock that counts from the start of the process drifts by seconds over weeks.
    context.set('cameAt', Date.now());
    // On the raw response: a header set on a finished Response would rebuild it.
    context.env.outgoing?.setHeader('X-Request-Id', requestId);
    await next();
    const durationMs = performance.now() - startedAt;
    const { method } = context.req;
    const route = routeOf(context);
    const { status } = context.res;
    seconds.observe({ method, route, status }, durationMs / 1000);
    const fields = {
      ...context.get('trace'),
      requestId,
      method,
      route,
      status,
      durationMs: Math.round(durationMs * 10) / 10,
    };
    // Not being ready is a normal answer, requested every second or so.
    if (status >= 500 && route !== '/readyz') tellFailure(fields, context);
    else logger.debug(fields, 'request');
  });
}

/** A caller's own id is kept, so that its log and ours match, as long as it is harmless. */
function requestIdOf(given: string | undefined): string {
  return given !== undefined && /^[A-Za-z0-9_-]{8,64}$/.test(given) ? given : randomUUID();
}
