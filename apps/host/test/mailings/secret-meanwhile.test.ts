import { startLoopbackServer } from '@finaz-telephony/testing';
import { expect, it } from 'vitest';
import { contacts, isIn, sendMailing, until } from '../support/mailings.ts';
import { startTestHost } from '../support/test-host.ts';

const count = 60;

it('a load goes on with a secret that is changed while it is under way, and sends no contact twice', async () => {
  const authorizations: string[] = [];
  const vendor = await startLoopbackServer((request, response) => {
    if (request.method === 'POST') authorizations.push(String(request.headers.authorization));
    request.resume();
    response.end('{}');
  });
  const host = await startTestHost({
    secrets: { pbxToken: 'the-former-token' },
    document: {
      connections: {
        dialer: {
          adapter: 'generic-http',
          settings: {
            baseUrl: vendor.url,
            headers: { Authorization: '${secret:pbxToken}' },
            contactClear: { request: { method: 'DELETE', url: '/' } },
            contactLoad: {
              request: { method: 'POST', url: '/', body: { json: '{{ contactId }}' } },
            },
          },
          limits: { requestsPerSecond: 15, concurrency: 1 },
        },
      },
      features: { contactLoad: 'dialer', contactClear: 'dialer' },
    },
  });
  try {
    const id = await sendMailing(host, contacts(count));
    await until(host, id, ({ sent }) => sent > 0);
    const changed = { method: 'PUT', json: { value: 'the-present-token' } };
    expect((await host.tenant('/secrets/pbxToken', changed)).status).toBe(204);
    const done = await until(host, id, isIn('active'));
    expect(done).toMatchObject({ sent: count, inDoubt: 0 });
    expect(authorizations).toHaveLength(count);
    expect(new Set(authorizations)).toEqual(new Set(['the-former-token', 'the-present-token']));
  } finally {
    await host.stop();
    await vendor.close();
  }
});
