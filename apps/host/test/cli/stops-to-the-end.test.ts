import { expect, it, onTestFinished } from 'vitest';
import { startHostProcess } from '../support/cli-process.ts';
import { createHostPlace } from '../support/host-place.ts';
import { adminKey } from '../support/test-host.ts';

it('a host that is stopped right after an answered call closes everything, and ends with code 0', async () => {
  const place = await createHostPlace();
  onTestFinished(place.remove);
  const variables = { ...place.variables, ADMIN_KEY: adminKey, DRAIN_SECONDS: '0' };
  const host = await startHostProcess(variables);
  const headers = { Authorization: `Bearer ${adminKey}`, 'Content-Type': 'application/json' };
  const document = { id: '1042', name: 'Cobranca Sul', inbound: { allowFrom: ['127.0.0.1'] } };
  const connections = { dialer: { adapter: 'generic-http', settings: { answeredCall: {} } } };
  await fetch(`${host.url}/v1/tenants/1042`, {
    method: 'PUT',
    headers,
    body: JSON.stringify({ ...document, connections, features: { answeredCall: 'dialer' } }),
  });
  const call = 'empresaId=1042&pid=7001&num=041999998888&cid=c-1&ramal=1001';
  const told = await fetch(`${host.url}/telephony-proxy/atendimentodiscador?${call}`);
  expect(told.status).toBe(200);

  expect(await host.signal('SIGTERM')).toBe(0);
  expect(host.stdout()).toContain('"msg":"stopped"');
});
