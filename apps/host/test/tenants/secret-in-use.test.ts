import { expect, it, onTestFinished } from 'vitest';
import { createApiKeys } from '../../src/tenants/api-keys.ts';
import { openTestStore } from '../support/host-place.ts';
import { jsonOf, ProblemShape } from '../support/json.ts';
import { startTestHost, tenantDocument } from '../support/test-host.ts';

it('a secret that the document names is not taken away: its name would be the token', async () => {
  const host = await startTestHost({ secrets: { eventToken: 'a-long-random-token' } });
  onTestFinished(host.stop);
  const inbound = { allowFrom: ['127.0.0.1/32'], token: '${secret:eventToken}' };
  const document = tenantDocument(host.vendor.url);
  await host.tenant('', { method: 'PUT', json: { ...document, inbound } });
  const remove = () => host.tenant('/secrets/eventToken', { method: 'DELETE' });
  const refused = await remove();
  expect(refused.status).toBe(409);
  expect((await jsonOf(refused, ProblemShape)).code).toBe('conflict');
  const event = 'pid=7001&num=41999998888&cid=s-1&ramal=1001&empresaId=1042';
  const tell = (token: string) =>
    fetch(
      `${host.url}/telephony-proxy/atendimentodiscador?${event}&token=${encodeURIComponent(token)}`,
    );
  expect((await tell('${secret:eventToken}')).status).toBe(403);
  expect((await tell('a-long-random-token')).status).toBe(200);
  await host.tenant('', { method: 'PUT', json: document });
  expect((await remove()).status).toBe(204);
});

it('a stream that was opened while its key was revoked is told', async () => {
  const { store, close } = await openTestStore();
  onTestFinished(close);
  const keys = createApiKeys(store, 'ft_admin_key_of_the_tests_0123456789');
  onTestFinished(keys.close);
  const { id, key } = await keys.create('1042', 'crm');
  await keys.authenticate(key);
  await keys.revoke(id);
  await new Promise<void>((resolve) => keys.watch(id, resolve));
});
