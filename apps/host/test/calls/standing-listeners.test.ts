import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { startLoopbackServer } from '@finaz-telephony/testing';
import { expect, it, onTestFinished } from 'vitest';
import { wanted } from '../support/shared-host.ts';
import { adminKey, startTestHost } from '../support/test-host.ts';

const size = 64 * 1024 ** 2;

it('calls are placed even if listeners who stopped reading recordings fill the concurrency limit of the connection', async () => {
  let dialed = 0;
  const vendor = await startLoopbackServer((request, response) => {
    if (request.url === '/dial') {
      dialed += 1;
      response.end('{"id":"v-1"}');
      return;
    }
    response.writeHead(200, { 'Content-Type': 'audio/wav', 'Content-Length': size });
    response.write(Buffer.concat([Buffer.from('RIFF'), Buffer.alloc(size - 4)]));
  });
  const settings = {
    baseUrl: vendor.url,
    recording: { request: { url: '/rec/{{ callId }}' } },
    click2call: {
      request: { method: 'POST', url: '/dial' },
      capture: { callId: '{{ reply.id }}' },
    },
  };
  const limits = { concurrency: 2, timeout: 5 };
  const host = await startTestHost({
    document: {
      connections: { dialer: { adapter: 'generic-http', settings, limits } },
      features: { recording: 'dialer', click2call: 'dialer' },
    },
  });
  const listening: IncomingMessage[] = [];
  onTestFinished(async () => {
    for (const response of listening) response.destroy();
    await host.stop();
    await vendor.close();
  });
  const headers = { authorization: `Bearer ${adminKey}` };
  for (const name of ['a', 'b']) {
    const request = get(`${host.url}/v1/tenants/1042/recordings/${name}`, { headers });
    const [response]: IncomingMessage[] = await once(request, 'response');
    if (!response) throw new Error('no answer');
    response.pause();
    listening.push(response);
  }
  for (let count = 1; count <= 3; count += 1) {
    expect((await host.tenant('/calls', { json: wanted })).status).toBe(201);
    expect(dialed).toBe(count);
  }
});
