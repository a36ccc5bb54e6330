import { Hono } from 'hono';
import { expect, it, vi } from 'vitest';
import { eventStream } from '../../src/http/event-stream.ts';
import type { HostEnv } from '../../src/http/host-env.ts';
import { createLogger } from '../../src/logger.ts';

it('an event stream ends when the store fails, and the error goes only to the log of the host, without what it quotes, not to the client or console', async () => {
  const said = vi.spyOn(console, 'error');
  const logged: string[] = [];
  const lost = new Error('invalid input syntax for type json: "Maria Souza"');
  const app = new Hono<HostEnv>();
  app.get('/', (context) => {
    context.set('principal', { keyId: 'admin', tenantId: null });
    return eventStream(
      context,
      {
        keys: { watch: () => () => undefined },
        shutdown: new AbortController().signal,
        logger: createLogger('info', { write: (line) => void logged.push(line) }),
      },
      async (stream) => {
        await stream.writeSSE({ event: 'ready', data: '{}' });
        throw lost;
      },
    );
  });
  expect(await (await app.request('/')).text()).toBe('event: ready\ndata: {}\n\n');
  expect(logged.map((line): unknown => JSON.parse(line))).toMatchObject([
    {
      msg: expect.stringContaining('an event stream broke off'),
      err: { type: 'Error', message: 'invalid input syntax for type json: "…"' },
    },
  ]);
  expect(logged.join('')).not.toContain('Maria');
  expect(said).not.toHaveBeenCalled();
});
