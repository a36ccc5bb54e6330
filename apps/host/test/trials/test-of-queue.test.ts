import { startLoopbackServer } from '@finaz-telephony/testing';
import { expect, it, onTestFinished } from 'vitest';
import { contacts, isIn, sendMailing, until } from '../support/mailings.ts';
import { startTestHost } from '../support/test-host.ts';
import { wholeBody } from '../support/whole-body.ts';

it('a test of the clear or the load is refused with 409 while a mailing is loading into the queue, so that no contact is lost', async () => {
  const there = new Set<string>();
  const vendor = await startLoopbackServer(async (request, response) => {
    const text = (await wholeBody(request))?.toString() ?? '';
    if (request.method === 'DELETE') there.clear();
    else there.add(text);
    setTimeout(() => response.end('{}'), 50);
  });
  const settings = {
    baseUrl: vendor.url,
    contactClear: { request: { method: 'DELETE', url: '/queues/{{ queue }}' } },
    contactLoad: { request: { method: 'POST', url: '/', body: { json: '{{ contactId }}' } } },
  };
  const limits = { requestsPerSecond: 1000, concurrency: 1, timeout: 60 };
  const host = await startTestHost({
    document: {
      connections: { dialer: { adapter: 'generic-http', settings, limits } },
      features: { contactLoad: 'dialer', contactClear: 'dialer' },
    },
  });
  onTestFinished(async () => {
    await host.stop();
    await vendor.close();
  });
  const id = await sendMailing(host, contacts(40));
  await expect.poll(() => there.size).toBeGreaterThan(5);
  for (const feature of ['contactClear', 'contactLoad']) {
    const [contact] = contacts(1, 1000);
    const input = { queue: '7', ...(feature === 'contactLoad' && { contact }) };
    const test = await host.tenant('/connections/dialer/test', { json: { feature, input } });
    expect({ feature, status: test.status }).toEqual({ feature, status: 409 });
  }
  await until(host, id, isIn('active'));
  expect(there.size).toBe(40);
});
