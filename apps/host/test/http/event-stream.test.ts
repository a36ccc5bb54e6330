import { createServer } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { getRequestListener } from '@hono/node-server';
import type { Logger } from '@finaz-telephony/core';
import { Hono } from 'hono';
import { expect, it, onTestFinished, vi } from 'vitest';
import { eventStream } from '../../src/http/event-stream.ts';
import type { HostEnv } from '../../src/http/host-env.ts';
import { createLogger, silentLogger } from '../../src/logger.ts';
import { listeningPort } from '../support/listening-port.ts';

/** Has one address, whose stream brings one event and then does what it is told. */
function appWithStream(logger: Logger, afterwards: () => void): Hono<HostEnv> {
  const app = new Hono<HostEnv>();
  app.get('/', (context) => {
    context.set('principal', { keyId: 'admin', tenantId: null });
    return eventStream(
      context,
      { keys: { watch: () => () => undefined }, shutdown: new AbortController().signal, logger },
      async (stream) => {
        await stream.writeSSE({ event: 'ready', data: '{}' });
        afterwards();
      },
    );
  });
  return app;
}

it('an event stream ends when the store fails, and the error goes only to the log of the host, without what it quotes, not to the client or console', async () => {
  const said = vi.spyOn(console, 'error');
  const logged: string[] = [];
  const lost = new Error('invalid input syntax for type json: "Maria Souza"');
  const logger = createLogger('info', { write: (line) => void logged.push(line) });
  const app = appWithStream(logger, () => {
    throw lost;
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

// A proxy of HTTP/1.0, as nginx is to what stands behind it unless told otherwise, knows the end of an answer by the end of its connection, and knows no chunks.
it.each(['GET / HTTP/1.0\r\n', 'GET / HTTP/1.1\r\nConnection: close\r\n'])(
  'the connection is closed at the end of a stream if its reader waits for that: %j',
  async (head) => {
    const server = createServer(
      getRequestListener(appWithStream(silentLogger, () => undefined).fetch),
    );
    const port = await listeningPort(server);
    onTestFinished(() => void server.close());
    const socket = connect(port, '127.0.0.1', () => socket.write(`${head}Host: h\r\n\r\n`));
    const answer = await text(socket);
    expect(answer).toContain('event: ready\ndata: {}\n\n');
    expect(answer).toMatch(/^connection: close\r$/im);
    expect(/^transfer-encoding: chunked/im.test(answer)).toBe(head.includes('1.1'));
  },
);
