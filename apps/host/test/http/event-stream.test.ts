import { Hono } from 'hono';
import { expect, it, vi } from 'vitest';
import { eventStream } from '../../src/http/event-stream.ts';
import type { HostEnv } from '../../src/http/host-env.ts';
import { silentLogger } from '../../src/logger.ts';

it('an event stream ends when the store goes away, and the error goes only to the log of the host, not to the client or console', async () => {
  const said = vi.spyOn(console, 'error');
  const warn = vi.fn<typeof silentLogger.warn>();
  const lost = new Error('Connection terminated unexpectedly');
  const app = new Hono<HostEnv>();
  app.get('/', (context) => {
    context.set('principal', { keyId: 'admin', tenantId: null });
    return eventStream(
      context,
      {
        keys: { watch: () => () => undefined },
        shutdown: new AbortController().signal,
        logger: { ...silentLogger, warn },
      },
      async (stream) => {
        await stream.writeSSE({ event: 'ready', data: '{}' });
        throw lost;
      },
    );
  });
  expect(await (await app.request('/')).text()).toBe('event: ready\ndata: {}\n\n');
  expect(warn).toHaveBeenCalledExactlyOnceWith({ err: lost }, expect.stringContaining('stream'));
  expect(said).not.toHaveBeenCalled();
});
