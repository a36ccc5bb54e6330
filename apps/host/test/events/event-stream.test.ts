import { Hono } from 'hono';
import { Gauge } from 'prom-client';
import { expect, test, vi } from 'vitest';
import { createEventHub } from '../../src/events/event-hub.ts';
import { createEventStreamRoutes } from '../../src/events/event-stream-routes.ts';
import { RequestError } from '../../src/http/request-error.ts';
import type { HostEnv } from '../../src/http/host-env.ts';
import { problemResponse } from '../../src/http/problem.ts';
import { silentLogger } from '../../src/logger.ts';
import { openResults } from '../support/open-results.ts';
import { recordsOf } from '../support/records.ts';

/** The streams of one company, without a host. */
async function openStreams(shutdown: AbortSignal) {
  const { tenant, store, close } = await openResults();
  let current = tenant;
  const hub = createEventHub(store);
  const { events } = recordsOf(store, 'this', Date.now);
  const app = new Hono<HostEnv>();
  app.use(async (context, next) => {
    context.set('tenant', current);
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
    tenant,
    events,
    hub,
    app: app.route('/', routes),
    /** From here on, requests are made for this company. */
    of: (id: string) => {
      current = { ...tenant, id };
    },
    async close() {
      hub.close();
      await close();
    },
  };
}

test('a stream that is opened while the host shuts down ends at once', async () => {
  const streams = await openStreams(AbortSignal.abort());
  try {
    const response = await streams.app.request('/events');
    expect(await response.text()).toContain('event: ready');
  } finally {
    await streams.close();
  }
});

test.each([
  'ramal=1001',
  'Extension=1001',
  'extension=1001&extensions=1002',
  'extension=',
  'extension=1001&extension=%20',
])(
  'a stream request that names its extension wrongly is refused, instead of bringing the calls of everybody: %s',
  async (query) => {
    const ending = new AbortController();
    const streams = await openStreams(ending.signal);
    streams.app.onError((error) => {
      ending.abort();
      return new Response(error instanceof RequestError ? JSON.stringify(error.problem) : '', {
        status: 400,
      });
    });
    try {
      const response = await streams.app.request(`/events?${query}`);
      expect(response.status).toBe(400);
      expect(await response.text()).toMatch(/"parameter":"(?:ramal|Extension|extensions?)"/);
    } finally {
      ending.abort();
      await streams.close();
    }
  },
);

test('the position of a stream moves on past calls of other extensions', async () => {
  const ending = new AbortController();
  const streams = await openStreams(ending.signal);
  const { app, events, hub, tenant } = streams;
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  try {
    const response = await app.request('/events?extension=1001');
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    let told = (await reader?.read())?.value ?? '';
    for (const callId of ['c-1', 'c-2']) {
      const call = { callId, extension: '1002', number: '41999998888' };
      await events.append({ tenant, source: 'server', connection: 'dialer', call });
    }
    await hub.look();
    while (!told.includes('id: 2')) {
      // Lets the database work between two heartbeats.
      await new Promise((resolve) => setImmediate(resolve));
      vi.advanceTimersByTime(15_000);
      told += (await reader?.read())?.value ?? '';
    }
    expect(told).not.toContain('answered-call');
  } finally {
    vi.useRealTimers();
    ending.abort();
    await streams.close();
  }
});

test('a company may have 500 open streams without an extension; streams with an extension and other companies are not limited', async () => {
  const ending = new AbortController();
  const streams = await openStreams(ending.signal);
  streams.app.onError((error) => {
    if (error instanceof RequestError)
      return problemResponse({ ...error.problem, requestId: 'r-1' });
    throw error;
  });
  const open = async (query = '') => streams.app.request(`/events${query}`);
  try {
    const opened = await Promise.all(Array.from({ length: 500 }, () => open()));
    expect(new Set(opened.map(({ status }) => status))).toEqual(new Set([200]));
    expect(await (await open()).json()).toMatchObject({
      status: 429,
      code: 'too_many_requests',
      hint: expect.stringContaining('?extension='),
    });
    expect((await open('?extension=1001')).status).toBe(200);
    await opened[0]?.body?.cancel();
    await expect.poll(async () => (await open()).status).toBe(200);
    expect((await open()).status).toBe(429);
    streams.of('another');
    expect((await open()).status).toBe(200);
  } finally {
    ending.abort();
    await streams.close();
  }
});
