import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { jsonOf, ProblemShape } from '../support/json.ts';
import { startTestHost, type TestHost } from '../support/test-host.ts';

let host: TestHost;
beforeAll(async () => {
  host = await startTestHost();
});
afterAll(() => host.stop());

describe('a method that an address does not support', () => {
  it.each([
    ['GET', '/v1/tenants/1042/mailings/m/pause', 'POST'],
    ['PATCH', '/v1/tenants/1042', 'DELETE, GET, PUT'],
    ['POST', '/v1/tenants', 'GET'],
    ['PUT', '/v1/keys', 'GET, POST'],
    ['HEAD', '/v1/tenants/1042/transfers', 'POST'],
    ['OPTIONS', '/v1/tenants/1042/calls', 'GET, POST'],
    ['POST', '/healthz', 'GET'],
  ])(
    'is answered with the methods that the address supports: %s %s',
    async (method, path, methods) => {
      const response = await host.ask(path, { method, headers: { 'Idempotency-Key': path } });
      expect(response.status).toBe(405);
      expect(response.headers.get('allow')).toBe(methods);
      if (method === 'HEAD') return;
      const problem = await jsonOf(response, ProblemShape);
      expect(problem.code).toBe('method_not_allowed');
      expect(problem.detail).toContain(method);
      expect(problem.hint).toContain(methods);
    },
  );

  it('is answered with 401, and without those methods, if no key is sent', async () => {
    const response = await fetch(`${host.url}/v1/tenants/1042/calls`, { method: 'PATCH' });
    expect(response.status).toBe(401);
    expect(response.headers.get('allow')).toBeNull();
  });
});

it.each([
  ['GET', '/v1/tenants/1042/nothing'],
  ['POST', '/v1/nothing'],
  ['DELETE', '/v1/tenants/1042/calls/1/2/3'],
  ['GET', '/telephony-proxy/nothing'],
])('an unknown address is answered with 404, whatever the method: %s %s', async (method, path) => {
  expect((await host.ask(path, { method })).status).toBe(404);
});

it('HEAD is answered with the same status as GET', async () => {
  expect((await host.ask('/v1/tenants/1042', { method: 'HEAD' })).status).toBe(200);
});
