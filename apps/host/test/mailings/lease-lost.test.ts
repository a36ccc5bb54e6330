import { genericHttpSettings } from '@finaz-telephony/testing';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { contacts, isIn, sendMailing, until } from '../support/mailings.ts';
import { startTestHost, tenantDocument, type TestHost } from '../support/test-host.ts';

const perSecond = 20;
const count = 80;

let host: TestHost;
beforeEach(async () => {
  host = await startTestHost();
  const document = tenantDocument(host.vendor.url);
  const settings = genericHttpSettings(host.vendor.url, '${secret:vendorToken}');
  const limits = { timeout: 10, requestsPerSecond: perSecond, concurrency: 40 };
  const saved = await host.tenant('?check=skip', {
    method: 'PUT',
    json: {
      ...document,
      connections: { dialer: { ...document.connections.dialer, settings, limits } },
    },
  });
  if (saved.status > 201) throw new Error(await saved.text());
});
afterEach(async () => {
  await host.stop();
  vi.restoreAllMocks();
});

const loaded = () => host.vendor.telephony.contactsOf('7').size;

it('contacts that wait for the rate limit when the lease runs out, as after a store that was away, are sent once the lease is renewed', async () => {
  const monotonic = performance.now.bind(performance);
  vi.spyOn(performance, 'now').mockImplementation(
    // Once the contacts of the first second have arrived, the others of the first forty wait for the rate limit.
    () => monotonic() + (loaded() > perSecond ? 20_000 : 0),
  );
  const id = await sendMailing(host, contacts(count));
  const done = await until(host, id, isIn('active'));
  expect(done).toMatchObject({ sent: count, failed: 0, inDoubt: 0 });
  expect(loaded()).toBe(count);
});
