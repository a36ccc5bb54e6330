import { afterAll, beforeAll, expect, it } from 'vitest';
import { startTestHost, type TestHost } from '../support/test-host.ts';

let host: TestHost;
beforeAll(async () => {
  host = await startTestHost();
});
afterAll(() => host.stop());

it.each([
  ['GET', '/v1/tenants/1042/exchanges?callId=%00'],
  ['GET', '/v1/tenants/1042/mailings/a%00b'],
  ['GET', '/v1/tenants/%00/calls'],
  ['POST', '/v1/tenants/1042/calls/%00/settle'],
  ['DELETE', '/v1/keys/%00'],
  ['POST', '/callbacks/%00/dialer'],
])('a NUL in an address is refused as a fault of its sender: %s %s', async (method, path) => {
  const response = await host.ask(path, { method });
  expect(response.status).toBe(400);
});

it('a NUL instead of a company is refused when a vendor tests the connection', async () => {
  expect((await host.ask('/telephony-proxy/teste?empresaId=%00')).status).toBe(403);
});

it('a NUL in the label of a key is refused', async () => {
  const response = await host.ask('/v1/keys', { json: { label: 'a\u0000b' } });
  expect(response.status).toBe(400);
});
