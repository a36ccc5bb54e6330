import { startVendorServer } from '@finaz-telephony/testing';
import { expect, it } from 'vitest';
import { startCli, startHostProcess } from '../support/cli-process.ts';
import { jsonOf } from '../support/json.ts';
import { contacts, TakenShape } from '../support/mailings.ts';
import { createHostPlace } from '../support/host-place.ts';
import { adminKey, tenantDocument } from '../support/test-host.ts';

it('watch follows a load to its end though the host dies and is started again', async () => {
  const place = await createHostPlace();
  const vendor = await startVendorServer();
  const variables = { ...place.variables, ADMIN_KEY: adminKey, DRAIN_SECONDS: '0' };
  let host = await startHostProcess(variables);
  const put = (path: string, json: unknown, method = 'PUT') =>
    fetch(`${host.url}/v1/tenants/1042${path}`, {
      method,
      headers: { Authorization: `Bearer ${adminKey}`, 'Content-Type': 'application/json' },
      body: JSON.stringify(json),
    });
  await put('/secrets/vendorToken', { value: vendor.token });
  const document = tenantDocument(vendor.url);
  const limits = { timeout: 30, requestsPerSecond: 10_000 };
  const dialer = { ...document.connections.dialer, limits };
  await put('?check=skip', { ...document, connections: { dialer } });
  // No contact is sent before the watch has begun and the host is dead.
  vendor.faults.next('contactLoad', { kind: 'slow', ms: 3000 });
  const taken = await put('/mailings?queue=7', contacts(400), 'POST');
  const { mailingId } = await jsonOf(taken, TakenShape);

  const watching = startCli(['mailings', 'watch', '1042', mailingId], {
    TELEPHONY_URL: host.url,
    TELEPHONY_KEY: adminKey,
  });
  await expect.poll(watching.stdout, { timeout: 60_000 }).toContain('loading: send');
  await host.signal('SIGKILL');
  vendor.faults.clear();
  host = await startHostProcess({ ...variables, PORT: new URL(host.url).port });
  expect(await watching.ended).toBe(0);
  expect(watching.stdout().trimEnd()).toMatch(/active {2}100% {2}400 of 400$/);

  await host.signal('SIGTERM');
  await vendor.close();
  await place.remove();
}, 180_000);
