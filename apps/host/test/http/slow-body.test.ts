import { once } from 'node:events';
import { connect } from 'node:net';
import { expect, it } from 'vitest';
import { readEnvironment } from '../../src/environment.ts';
import { silentLogger } from '../../src/logger.ts';
import { serve } from '../../src/serve.ts';
import { createHostPlace } from '../support/host-place.ts';

it('a connection is closed after the answer if the sender takes time over a body that nobody reads', async () => {
  const place = await createHostPlace();
  const variables = { ...place.variables, PORT: '0', DRAIN_SECONDS: '0' };
  const host = await serve(readEnvironment(variables), silentLogger);
  const { hostname, port } = new URL(host.url);
  const answers = ['GET /healthz', 'HEAD /healthz', 'GET /v1/tenants'].flatMap((line) =>
    ['Content-Length: 1000000', 'Transfer-Encoding: chunked'].map(async (length) => {
      const socket = connect(Number(port), hostname);
      let answer = '';
      socket.on('data', (chunk: Buffer) => {
        answer += chunk.toString();
      });
      socket.write(`${line} HTTP/1.1\r\nHost: host.example\r\n${length}\r\n\r\n`);
      await once(socket, 'end');
      socket.destroy();
      return answer.slice('HTTP/1.1 '.length, 'HTTP/1.1 200'.length);
    }),
  );
  expect(await Promise.all(answers)).toEqual(['200', '200', '200', '200', '401', '401']);
  await host.stop();
  await place.remove();
});
