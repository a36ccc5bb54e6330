// A queue that is cleared contact by contact, while the store does not answer which contacts the queue holds.
import { startLoopbackServer, type LoopbackServer } from '@finaz-telephony/testing';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { jsonOf, ProblemShape } from '../support/json.ts';
import { contacts, isIn, mailing, sendMailing, until } from '../support/mailings.ts';
import { startTestHost, type TestHost } from '../support/test-host.ts';

const away = Object.assign(new Error('away'), { code: 'ECONNREFUSED' });
const store = vi.hoisted(() => ({ failure: undefined as Error | undefined, asked: 0 }));
vi.mock(import('../../src/mailings/ledger/ledger.ts'), async (original) => {
  const { ledgerWith } = await import('../support/ledger-with.ts');
  return ledgerWith(original, (ledger) => ({
    read: async (...where) => {
      const [, , state] = where;
      if (state === 'sent' && store.failure) {
        store.asked += 1;
        throw store.failure;
      }
      return ledger.read(...where);
    },
  }));
});

let system: LoopbackServer;
let deleted: number;
let host: TestHost;
beforeEach(async () => {
  store.failure = undefined;
  store.asked = 0;
  deleted = 0;
  system = await startLoopbackServer((request, response) => {
    if (request.method === 'DELETE') deleted += 1;
    response.end('{}');
  });
  const settings = {
    baseUrl: system.url,
    contactClear: {
      each: { size: 1, count: 'contacts' },
      request: { method: 'DELETE', url: '/contacts' },
    },
    contactLoad: { request: { method: 'POST', url: '/contacts' } },
  };
  host = await startTestHost({
    document: {
      connections: { dialer: { adapter: 'generic-http', settings } },
      features: { contactLoad: 'dialer', contactClear: 'dialer' },
    },
  });
  await until(host, await sendMailing(host, contacts(2)), isIn('active'));
});
afterEach(async () => {
  await host.stop();
  await system.close();
});

const clear = () => host.tenant('/queues/7/clear', { method: 'POST' });

it('a clear by hand answers 503 store_unavailable while the contacts of the queue cannot be read, and the log does not blame the adapter', async () => {
  store.failure = away;
  const refused = await clear();
  expect(refused.status).toBe(503);
  expect(await jsonOf(refused, ProblemShape)).toMatchObject({ code: 'store_unavailable' });
  store.failure = undefined;
  expect((await clear()).status).toBe(200);
  expect(deleted).toBe(2);
  expect(host.logged.join('')).not.toContain('an adapter failed');
});

it('a load waits for a store that is away, then clears the queue before it sends', async () => {
  store.failure = away;
  const id = await sendMailing(host, contacts(1, 3));
  await expect.poll(() => store.asked, { timeout: 10_000 }).toBeGreaterThan(1);
  expect(await mailing(host, id)).toMatchObject({ state: 'loading', sent: 0, error: null });
  store.failure = undefined;
  await until(host, id, isIn('active'));
  expect(deleted).toBe(2);
  expect(host.logged.join('')).not.toContain('an adapter failed');
});

it('a defect of the host while it reads the contacts to clear is logged as such, and nothing is sent', async () => {
  store.failure = new TypeError('a defect');
  const id = await sendMailing(host, contacts(1, 3));
  await expect
    .poll(() => host.logged.join(''), { timeout: 10_000 })
    .toContain('the contacts that a queue is to be cleared of cannot be read');
  expect(host.logged.join('')).not.toContain('an adapter failed');
  expect(await mailing(host, id)).toMatchObject({ sent: 0 });
  expect(deleted).toBe(0);
});
