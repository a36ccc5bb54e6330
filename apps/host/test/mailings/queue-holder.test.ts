// A telephone system whose queue is cleared contact by contact: a clear must know which contacts are in it.
import { startLoopbackServer, type LoopbackServer } from '@finaz-telephony/testing';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import * as v from 'valibot';
import { silentLogger } from '../../src/logger.ts';
import { openStore } from '../../src/store/open-store.ts';
import { jsonOf } from '../support/json.ts';
import { contacts, isIn, mailing, sendMailing, until } from '../support/mailings.ts';
import { startTestHost, type TestHost } from '../support/test-host.ts';
import { wholeBody } from '../support/whole-body.ts';

const minutes = 60_000;
const SummaryShape = v.looseObject({ state: v.string(), attempts: v.number() });
const ProblemShape = v.looseObject({ detail: v.string(), hint: v.string() });
const IdsSchema = v.pipe(v.string(), v.parseJson(), v.array(v.string()));

let host: TestHost;
let system: LoopbackServer;
/** What the telephone system has in its queue. */
const held = new Set<string>();
/** When each was dialed. */
const dialed: { readonly contactId: string; readonly at: string }[] = [];
let stops = 0;
let isShut = false;
/** A contact that it does not take. */
let refused = '';
/** A clear is answered after it. */
let answers: Promise<void> | undefined;
let skipped = 0;

beforeEach(async () => {
  held.clear();
  dialed.length = 0;
  stops = 0;
  isShut = false;
  refused = '';
  answers = undefined;
  skipped = 0;
  const date = Date.now;
  vi.spyOn(Date, 'now').mockImplementation(() => date() + skipped);
  system = await startLoopbackServer(async (request, response) => {
    const text = (await wholeBody(request))?.toString() ?? '';
    if (request.method === 'DELETE') await answers;
    if (request.method === 'DELETE' && isShut) response.statusCode = 401;
    else if (request.method === 'DELETE') {
      for (const id of v.parse(IdsSchema, text)) held.delete(id);
    } else if (request.url === '/stop') stops += 1;
    else if (request.method === 'POST' && refused !== '' && text.includes(refused))
      response.statusCode = 422;
    else if (request.method === 'POST') for (const id of v.parse(IdsSchema, text)) held.add(id);
    response.setHeader('Content-Type', 'application/json');
    response.end(JSON.stringify({ data: dialed }));
  });
  const settings = {
    baseUrl: system.url,
    contactClear: {
      each: { size: 2, count: 'contacts' },
      request: {
        method: 'DELETE',
        url: '/contacts',
        body: { json: '{{ items | map: "contactId" }}' },
      },
    },
    contactLoad: {
      request: { method: 'POST', url: '/contacts', body: { json: ['{{ contactId }}'] } },
      deactivate: [{ request: { method: 'POST', url: '/stop' } }],
    },
    dialerResults: {
      request: { url: '/results' },
      rows: 'reply.data',
      fields: {
        contactId: '{{ row.contactId }}',
        number: '41999998888',
        at: '{{ row.at }}',
        status: 'ANSWERED',
      },
      outcomes: { ANSWERED: 'answered' },
    },
  };
  const dialer = { adapter: 'generic-http', settings, limits: { timeout: 10 } };
  host = await startTestHost({
    document: {
      connections: { dialer },
      features: { contactLoad: 'dialer', contactClear: 'dialer', dialerResults: 'dialer' },
    },
  });
});
afterEach(async () => {
  await host.stop();
  await system.close();
  vi.restoreAllMocks();
});

async function load(first: number): Promise<string> {
  const id = await sendMailing(host, contacts(3, first));
  await until(host, id, isIn('active'));
  return id;
}

/** A mailing whose clear the telephone system refuses: it takes the queue, and what was in it stays. */
async function stopAtClear(): Promise<string> {
  isShut = true;
  const id = await sendMailing(host, contacts(3, 11));
  await expect.poll(() => mailing(host, id)).toMatchObject({ state: 'stopped', sent: 0 });
  isShut = false;
  return id;
}

const deactivate = async (id: string) => {
  await host.tenant(`/mailings/${id}/deactivate`, { method: 'POST' });
  await until(host, id, isIn('finished'));
};

async function attempts(id: string): Promise<number> {
  const answer = await host.tenant(`/mailings/${id}/results/summary`);
  return (await jsonOf(answer, SummaryShape)).attempts;
}

describe('a queue', () => {
  it('is cleared of its contacts, even if another mailing has had it since without clearing it', async () => {
    await load(1);
    const given = await stopAtClear();
    await host.tenant(`/mailings/${given}/cancel`, { method: 'POST' });
    await load(21);
    expect([...held].toSorted()).toEqual(['c-21', 'c-22', 'c-23']);
  });

  it('is cleared of its contacts when the load that could not clear it is retried', async () => {
    await load(1);
    const stopped = await stopAtClear();
    await host.tenant(`/mailings/${stopped}/retry`, { method: 'POST' });
    await until(host, stopped, isIn('active'));
    expect([...held].toSorted()).toEqual(['c-11', 'c-12', 'c-13']);
    await load(21);
    expect([...held].toSorted()).toEqual(['c-21', 'c-22', 'c-23']);
  });

  it('is cleared of its contacts by hand', async () => {
    await load(1);
    const cleared = await host.tenant('/queues/7/clear', { method: 'POST' });
    expect(await cleared.json()).toEqual({ status: 'cleared', cleared: 3 });
    expect([...held]).toEqual([]);
  });

  it('that was cleared by hand refuses a retry of its mailing: contacts sent before would count as sent, but nobody would call them', async () => {
    refused = 'c-2';
    const id = await load(1);
    refused = '';
    expect((await host.tenant('/queues/7/clear', { method: 'POST' })).status).toBe(200);
    const retried = await host.tenant(`/mailings/${id}/retry`, { method: 'POST' });
    expect(retried.status).toBe(409);
    expect(await retried.text()).toContain('a person has emptied it');
    expect([...held]).toEqual([]);
  });
});

describe('a mailing whose queue another mailing has taken without clearing it', () => {
  it('is still dialed: deactivating it stops the dialing, and its attempts count', async () => {
    const id = await load(1);
    await stopAtClear();
    skipped += 30 * minutes;
    dialed.push({ contactId: 'c-1', at: new Date(Date.now()).toISOString() });
    await deactivate(id);
    expect(stops).toBe(1);
    expect(await attempts(id)).toBe(1);
  });

  it('is not deactivated while the other mailing is being loaded: the dialing of that mailing would be stopped', async () => {
    const id = await load(1);
    isShut = true;
    const { promise, resolve } = Promise.withResolvers<void>();
    answers = promise;
    const next = await sendMailing(host, contacts(3, 11));
    await until(host, next, ({ step }) => step === 'clear');
    await host.tenant(`/mailings/${id}/deactivate`, { method: 'POST' });
    await until(host, id, ({ error }) => error?.code === 'queue_busy');
    expect(stops).toBe(0);
    resolve();
    await until(host, id, isIn('finished'));
    expect(stops).toBe(1);
  });

  it('counts attempts made before the other mailing clears the queue, none made after it, and stops no dialing if it is deactivated after that clear', async () => {
    const id = await load(1);
    const stopped = await stopAtClear();
    skipped += 30 * minutes;
    dialed.push({ contactId: 'c-1', at: new Date(Date.now()).toISOString() });
    await host.tenant(`/mailings/${stopped}/retry`, { method: 'POST' });
    await until(host, stopped, isIn('active'));
    skipped += 30 * minutes;
    // The same person again, by now for somebody else.
    dialed.push({ contactId: 'c-1', at: new Date(Date.now()).toISOString() });
    await deactivate(id);
    expect(stops).toBe(0);
    expect(await attempts(id)).toBe(1);
  });
});

describe('a queue whose contacts a person has removed at the vendor', () => {
  async function damage(): Promise<void> {
    const { dataDir, databaseUrl } = host;
    const store = await openStore({ dataDir, databaseUrl, logger: silentLogger });
    await store.db.updateTable('mailing_pages').set({ sealed: 'v1.AAAA' }).execute();
    await store.close();
  }
  const emptied = (query = '') => host.tenant(`/queues/7/emptied${query}`, { method: 'POST' });

  it('can be reported as emptied if its contacts cannot be read: until then a clear fails, naming the mailing and the remedy', async () => {
    const id = await load(1);
    await damage();
    const cleared = await host.tenant('/queues/7/clear', { method: 'POST' });
    expect(cleared.status).toBe(500);
    expect(await jsonOf(cleared, ProblemShape)).toMatchObject({
      detail: expect.stringContaining(id),
      hint: expect.stringContaining('POST /v1/tenants/1042/queues/7/emptied'),
    });
    expect(held.size).toBe(3);

    // Long enough for the telephone system to have finished that clear.
    skipped += minutes;
    expect(await (await emptied('?connection=other')).json()).toEqual({ mailingIds: [] });
    held.clear();
    expect(await (await emptied()).json()).toEqual({ mailingIds: [id] });
    await load(11);
    expect([...held].toSorted()).toEqual(['c-11', 'c-12', 'c-13']);
    await deactivate(id);
    expect(stops).toBe(0);
  });

  it('cannot be reported as emptied while a mailing is being loaded into it', async () => {
    await load(1);
    const { promise, resolve } = Promise.withResolvers<void>();
    answers = promise;
    const next = await sendMailing(host, contacts(3, 11));
    await until(host, next, ({ step }) => step === 'clear');
    const answer = await emptied();
    expect(answer.status).toBe(409);
    expect(await answer.text()).toContain(next);
    resolve();
    await until(host, next, isIn('active'));
    expect(held.size).toBe(3);
  });
});
