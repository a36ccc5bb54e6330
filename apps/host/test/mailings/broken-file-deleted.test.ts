import { startLoopbackServer, type LoopbackServer } from '@finaz-telephony/testing';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { contacts, isIn, sendMailing, until } from '../support/mailings.ts';
import { startTestHost, tenantDocument, type TestHost } from '../support/test-host.ts';
import { wholeBody } from '../support/whole-body.ts';

let host: TestHost;
let system: LoopbackServer;
/** Contacts that the telephone system has; it adds those of each file. */
let there: string[];

beforeEach(async () => {
  there = [];
  let losesAnswer = true;
  system = await startLoopbackServer(async (request, response) => {
    const text = (await wholeBody(request))?.toString() ?? '';
    if (request.method === 'DELETE') {
      const id = request.url?.slice(1);
      there = there.filter((known) => known !== id);
    } else {
      there.push(...text.trimEnd().split('\r\n'));
      if (losesAnswer) {
        losesAnswer = false;
        response.destroy();
        return;
      }
    }
    response.end('{}');
  });
  host = await startTestHost();
  const { connections } = tenantDocument(host.vendor.url);
  const settings = {
    baseUrl: system.url,
    contactClear: {
      each: { size: 1, count: 'contacts' },
      request: { method: 'DELETE', url: '/{{ items[0].contactId }}' },
    },
    contactLoad: {
      unit: 'file',
      repeatable: true,
      request: { method: 'POST', url: '/contacts' },
      file: { line: 'ID', header: false },
    },
  };
  const saved = await host.tenant('?check=skip', {
    method: 'PUT',
    json: {
      ...tenantDocument(host.vendor.url),
      connections: { dialer: { ...connections.dialer, settings, limits: { timeout: 5 } } },
      features: { contactLoad: 'dialer', contactClear: 'dialer' },
    },
  });
  if (saved.status > 201) throw new Error(await saved.text());
});
afterEach(async () => {
  await host.stop();
  await system.close();
});

it('a file that is sent again is deleted before, where that goes contact by contact', async () => {
  const id = await sendMailing(host, contacts(3));
  expect(await until(host, id, isIn('active'))).toMatchObject({ sent: 3 });
  expect(there).toEqual(['c-1', 'c-2', 'c-3']);
});
