// A call that a telephone system has not answered when its host is about to end.
import { startVendorServer } from '@finaz-telephony/testing';
import { expect, it, onTestFinished } from 'vitest';
import { createHost } from '../../src/host.ts';
import { createLogger } from '../../src/logger.ts';
import { readEnvironment } from '../../src/environment.ts';
import { createHostPlace } from '../support/host-place.ts';
import { adminKey, startTestHost, tenantDocument } from '../support/test-host.ts';

const call = { queue: '7', extension: '1001', areaCode: '41', number: '999998888' };

it('a call under way is finished before its host stops, even if its caller has left', async () => {
  const host = await startTestHost();
  host.vendor.faults.next('click2call', { kind: 'slow', ms: 1500 });
  const leaving = new AbortController();
  const calling = host.tenant('/calls', { json: call, signal: leaving.signal });
  await expect.poll(() => host.vendor.requests.at(-1)?.method).toBe('POST');
  leaving.abort();
  await expect(calling).rejects.toThrow('aborted');

  await host.stop();

  const answered = host.logged.filter((line) => line.includes('/v1/tenants/:tenant/calls'));
  expect(answered).toEqual([expect.stringContaining('"status":201')]);
});

it('a call that outlasts its host is in doubt for its caller and for the next host, and is not logged as an error', async () => {
  const place = await createHostPlace();
  const vendor = await startVendorServer({ operators: ['1001'] });
  onTestFinished(async () => {
    await vendor.close();
    await place.remove();
  });
  const environment = readEnvironment({ ...place.variables, ADMIN_KEY: adminKey });
  const logged: string[] = [];
  const logger = createLogger('error', { write: (line) => void logged.push(line) });
  const host = await createHost(environment, logger, process.cwd());
  const ask = async (path: string, method = 'GET', body?: object, from = host) =>
    from.app.request(
      `/v1/tenants/1042${path}`,
      {
        method,
        headers: {
          Authorization: `Bearer ${adminKey}`,
          'Content-Type': 'application/json',
          ...(method === 'POST' && { 'Idempotency-Key': 'once' }),
        },
        ...(body && { body: JSON.stringify(body) }),
      },
      {},
    );
  await ask('/secrets/vendorToken', 'PUT', { value: vendor.token });
  await ask('', 'PUT', tenantDocument(vendor.url, { timeout: 120 }));
  vendor.faults.next('click2call', { kind: 'hang' });
  const calling = ask('/calls', 'POST', call);
  await expect.poll(() => vendor.requests.at(-1)?.method).toBe('POST');

  await host.close();

  const answer = await calling;
  expect([answer.status, await answer.json()]).toMatchObject([
    502,
    { delivery: 'unknown', hint: expect.stringContaining('this host is shutting down') },
  ]);
  expect(logged).toEqual([]);
  const next = await createHost(environment, logger, process.cwd());
  const again = await ask('/calls', 'POST', call, next);
  expect([again.status, again.headers.get('Idempotent-Replayed')]).toEqual([502, 'true']);
  const doubts = await ask('/calls?state=in_doubt', 'GET', undefined, next);
  expect(await doubts.json()).toMatchObject({ calls: [{ extension: '1001', state: 'in_doubt' }] });
  await next.close();
});
