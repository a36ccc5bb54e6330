import { Hono } from 'hono';
import { Gauge } from 'prom-client';
import { expect, test } from 'vitest';
import { createEventHub } from '../../src/events/event-hub.ts';
import { createEventStreamRoutes } from '../../src/events/event-stream-routes.ts';
import type { HostEnv } from '../../src/http/host-env.ts';
import { silentLogger } from '../../src/logger.ts';
import { openResults } from '../support/open-results.ts';
import { recordsOf } from '../support/records.ts';

/** The streams of one company, without a host. */
async function openStreams(shutdown: AbortSignal) {
  const { tenant, store, close } = await openResults();
  const hub = createEventHub(store);
  const { events } = recordsOf(store, 'this', Date.now);
  const app = new Hono<HostEnv>();
  app.use(async (context, next) => {
    context.set('tenant', tenant);
    context.set('principal', { keyId: 'admin', tenantId: null });
    await next();
  });
  const routes = createEventStreamRoutes({
    log: events,
    hub,
    directory: { peek: () => tenant, get: async () => tenant },
    logger: silentLogger,
    shutdown,
    keys: { watch: () => () => undefined },
    openStreams: new Gauge({ name: 'streams', help: 'of the test', registers: [] }),
  });
  return {
    app: app.route('/', routes),
    async close() {
      hub.close();
      await close();
    },
  };
}

test('a stream that is opened while the host ends is ended, too', async () => {
  const streams = await openStreams(AbortSignal.abort());
  try {
    const response = await streams.app.request('/events');
    expect(await response.text()).toContain('event: ready');
  } finally {
    await streams.close();
  }
});
