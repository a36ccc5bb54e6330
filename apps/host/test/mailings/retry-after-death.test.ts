// What was under way when a host died is settled before a retry clears anything.
import { startLoopbackServer, type LoopbackServer } from '@finaz-telephony/testing';
import { expect, it, onTestFinished, vi } from 'vitest';
import type * as EgressModule from '../../src/egress/create-egress.ts';
import { ShownMailingSchema } from '../../src/mailings/show-mailing.ts';
import type * as StoreModule from '../../src/store/open-store.ts';
// Imported first: the others open what this one mocks.
import { startMortalHost, type MortalHost } from '../support/mortal-host.ts';
import { createHostPlace, type HostPlace } from '../support/host-place.ts';
import { jsonOf } from '../support/json.ts';
import { contacts, TakenShape } from '../support/mailings.ts';
import { wholeBody } from '../support/whole-body.ts';

vi.mock('../../src/store/open-store.ts', async (original) => {
  const { openStore } = await original<typeof StoreModule>();
  const { mortalStore } = await import('../support/mortal-host.ts');
  return {
    openStore: async (...args: Parameters<typeof openStore>) =>
      mortalStore(await openStore(...args)),
  };
});
// The operating system releases the lock of a dead process; these hosts die within this process.
vi.mock('../../src/store/sole-host.ts', () => ({ beSoleHost: async () => () => undefined }));
// How long a telephone system without an answer is left alone is not what is tested.
vi.mock('../../src/mailings/load/leave-alone.ts', () => ({ leaveAlone: async () => undefined }));
vi.mock('../../src/egress/create-egress.ts', async (original) => {
  const { createEgress } = await original<typeof EgressModule>();
  const { mortalEgress } = await import('../support/mortal-host.ts');
  return {
    createEgress: (...args: Parameters<typeof createEgress>) => mortalEgress(createEgress(...args)),
  };
});

const both = { contactLoad: 'dialer', contactClear: 'dialer' };

const documentOf = (url: string, contactLoad: object, features: object = both) => ({
  id: '1042',
  name: 'Retry',
  connections: {
    dialer: {
      adapter: 'generic-http',
      settings: {
        baseUrl: url,
        contactClear: { request: { method: 'DELETE', url: '/contacts' } },
        contactLoad,
      },
      limits: { requestsPerSecond: 10_000, concurrency: 5, timeout: 60 },
    },
  },
  features,
});

const save = (host: MortalHost, json: object) => host.ask('?check=skip', { method: 'PUT', json });

async function startOn(place: HostPlace): Promise<MortalHost> {
  const host = await startMortalHost(place.variables);
  onTestFinished(() => (host.life.isDead ? host.store.close() : host.stop()));
  return host;
}

/** A host that loads three contacts into this telephone system. */
async function startLoading(vendor: LoopbackServer, load: object) {
  const place = await createHostPlace();
  onTestFinished(async () => {
    await vendor.close();
    await place.remove();
  });
  const host = await startOn(place);
  await save(host, documentOf(vendor.url, load));
  const taken = await host.ask('/mailings?queue=7', { json: contacts(3) });
  return { place, host, id: (await jsonOf(taken, TakenShape)).mailingId };
}

const shown = async (host: MortalHost, id: string) =>
  jsonOf(await host.ask(`/mailings/${id}`), ShownMailingSchema);

const becomes = (host: MortalHost, id: string, state: string) =>
  expect.poll(async () => (await shown(host, id)).state, { timeout: 60_000 }).toBe(state);

it('a retry after the host died does not clear away contacts that the vendor has', async () => {
  const there = new Set<string>();
  let answers = false;
  const vendor = await startLoopbackServer(async (request, response) => {
    const text = (await wholeBody(request))?.toString() ?? '';
    if (request.method === 'DELETE') there.clear();
    if (request.method === 'POST') {
      there.add(text.slice(1, -1));
      if (!answers) return;
    }
    response.setHeader('Content-Type', 'application/json');
    response.end(JSON.stringify({ found: [...there].map((id) => ({ id })) }));
  });
  const load = {
    request: { method: 'POST', url: '/contacts', body: { json: '{{ contactId }}' } },
    find: { request: { url: '/contacts' }, rows: 'reply.found', contactId: '{{ row.id }}' },
  };
  const { place, host: first, id } = await startLoading(vendor, load);
  await expect.poll(() => there.size).toBe(3);
  // The telephone system hangs: somebody turns the feature off, and restarts the host.
  await save(first, documentOf(vendor.url, load, { contactClear: 'dialer' }));
  first.life.die();
  answers = true;
  const second = await startOn(place);
  await becomes(second, id, 'stopped');
  await save(second, documentOf(vendor.url, load));
  expect((await second.ask(`/mailings/${id}/retry`, { method: 'POST' })).status).toBe(202);
  await becomes(second, id, 'active');
  expect(await shown(second, id)).toMatchObject({ sent: 3 });
  expect(there.size).toBe(3);
});

it('a retry after the host died does not clear away a file that the vendor has answered', async () => {
  let there = 0;
  const vendor = await startLoopbackServer(async (request, response) => {
    const text = (await wholeBody(request))?.toString() ?? '';
    if (request.method === 'DELETE') there = 0;
    else there += text.split('\r\n').filter((line) => line !== '').length;
    response.end('{}');
  });
  const request = { method: 'POST', url: '/file' };
  const file = { line: 'ID;DDD1Telefone1', header: false };
  const { host, id } = await startLoading(vendor, { unit: 'file', request, file });
  await becomes(host, id, 'active');
  // As left by a host that died after the answer, when the next host could not begin.
  const left = { state: 'stopped', step: 'settle', file_at: 1, settled_at: null } as const;
  await host.store.db
    .updateTable('mailings')
    .set({ ...left, pending: 3, sent: 0 })
    .execute();
  expect((await host.ask(`/mailings/${id}/retry`, { method: 'POST' })).status).toBe(202);
  await becomes(host, id, 'active');
  expect(await shown(host, id)).toMatchObject({ sent: 3 });
  expect(there).toBe(3);
});

it.each([
  ['cancel', 'cancelled'],
  ['deactivate', 'finished'],
])(
  'contacts that were being sent when the host died are in doubt if a person had given the mailing up: %s',
  async (verb, state) => {
    let asked = 0;
    const vendor = await startLoopbackServer((request, response) => {
      if (request.method === 'DELETE') response.end('{}');
      else asked += 1;
    });
    const request = { method: 'POST', url: '/contacts', body: { json: '{{ contactId }}' } };
    const { place, host: first, id } = await startLoading(vendor, { request });
    await expect.poll(() => asked).toBe(3);
    expect((await first.ask(`/mailings/${id}/${verb}`, { method: 'POST' })).status).toBe(202);
    first.life.die();
    const second = await startOn(place);
    await expect
      .poll(() => shown(second, id), { timeout: 60_000 })
      .toMatchObject({ state, sending: 0, inDoubt: 3 });
  },
);
