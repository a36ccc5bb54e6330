import {
  genericHttpSettings,
  startLoopbackServer,
  type LoopbackServer,
} from '@finaz-telephony/testing';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { contacts, isIn, sendMailing, until } from '../support/mailings.ts';
import { startTestHost, tenantDocument, type TestHost } from '../support/test-host.ts';

const count = 20_000;

let host: TestHost;
let vendor: LoopbackServer;
let skipped = 0;
/** What came in: lines of a file, `cleared`, or `broken` for a file without its end. */
const log: (number | 'cleared' | 'broken')[] = [];

beforeEach(async () => {
  const monotonic = performance.now.bind(performance);
  vi.spyOn(performance, 'now').mockImplementation(() => monotonic() + skipped);
  vendor = await startLoopbackServer(async (request, response) => {
    if (request.method === 'DELETE') log.push('cleared');
    else {
      let text = '';
      try {
        for await (const chunk of request) {
          // The clock of a host that was frozen past its lease, here in the middle of its first file.
          if (text === '' && !log.includes('broken')) skipped = 20_000;
          text += String(chunk);
        }
        log.push(text.trimEnd().split('\r\n').length);
      } catch {
        log.push('broken');
        return;
      }
    }
    response.end('{"ok":true}');
  });
  host = await startTestHost();
  const document = tenantDocument(host.vendor.url);
  const settings = {
    ...genericHttpSettings(host.vendor.url, '${secret:vendorToken}'),
    baseUrl: vendor.url,
    contactClear: { request: { method: 'DELETE', url: '/{{ queue }}' } },
    contactLoad: {
      unit: 'file',
      repeatable: true,
      request: { method: 'POST', url: '/{{ queue }}', timeout: 30 },
      file: { line: 'ID;CPF;DDD1Telefone1', header: false },
    },
  };
  const dialer = { ...document.connections.dialer, settings, limits: { timeout: 5 } };
  const saved = await host.tenant('?check=skip', {
    method: 'PUT',
    json: {
      ...document,
      connections: { dialer },
      features: { contactLoad: 'dialer', contactClear: 'dialer' },
    },
  });
  if (saved.status > 201) throw new Error(await saved.text());
});
afterEach(async () => {
  await host.stop();
  await vendor.close();
  vi.restoreAllMocks();
});

it('a host that loses its lease in the middle of a file breaks the file off, and sends it whole after another clear', async () => {
  const id = await sendMailing(host, contacts(count));
  expect(await until(host, id, isIn('active'))).toMatchObject({ sent: count });
  expect(log).toEqual(['cleared', 'broken', 'cleared', count]);
});
