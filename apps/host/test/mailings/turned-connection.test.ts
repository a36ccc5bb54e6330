// A company switches to another telephone system, and back. Each has a queue of the same name, and deletes from it by what it is told: by the id of a list, or
// contact by contact.
import { startLoopbackServer } from '@finaz-telephony/testing';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import * as v from 'valibot';
import { silentLogger } from '../../src/logger.ts';
import { openStore } from '../../src/store/open-store.ts';
import { jsonOf } from '../support/json.ts';
import { contacts, isIn, mailing, sendMailing, until } from '../support/mailings.ts';
import { startTestHost, tenantDocument, type TestHost } from '../support/test-host.ts';
import { wholeBody } from '../support/whole-body.ts';

/** The host asks again after two seconds, then after four. */
const patience = { timeout: 15_000 };
const IdsSchema = v.pipe(v.string(), v.parseJson(), v.array(v.string()));

/** A telephone system that numbers its lists from one, as the other one does. Being asked to delete what it does not have is an error. */
async function startVendor() {
  const lists = new Map<string, string[]>();
  const asked: string[] = [];
  /** How often it was asked to stop dialing. */
  let stops = 0;
  const dialed: { readonly contactId: string; readonly at: string }[] = [];
  /** What it refuses. */
  const refuses = { lists: false, contacts: false, contact: '', stops: false };
  /** A contact is answered after it. */
  const answers: { after: Promise<void> | undefined } = { after: undefined };
  let made = 0;

  function remove(ids: readonly string[]): boolean {
    asked.push(...ids);
    const held = [...lists].flatMap(([list, members]) =>
      members.map((member) => ({ list, member })),
    );
    return ids.every((id) => {
      const found = held.find(({ member }) => member === id);
      if (!found) return false;
      lists.set(
        found.list,
        (lists.get(found.list) ?? []).filter((member) => member !== id),
      );
      return true;
    });
  }

  function removeList(list: string): boolean {
    if (list === '') return true;
    asked.push(`list ${list}`);
    return lists.delete(list);
  }

  const server = await startLoopbackServer(async (request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://vendor');
    const body = (await wholeBody(request))?.toString() ?? '';
    const list = searchParams.get('list') ?? '';
    response.setHeader('Content-Type', 'application/json');
    if (pathname === '/lists' && request.method === 'POST' && !refuses.lists) {
      made += 1;
      const id = String(made);
      lists.set(id, []);
      response.end(JSON.stringify({ id }));
      return;
    }
    if (pathname === '/results') {
      response.end(JSON.stringify(dialed));
      return;
    }
    let isDone = true;
    if (pathname === '/stop') {
      stops += 1;
      response.statusCode = refuses.stops ? 401 : 200;
      response.end('{}');
      return;
    }
    if (pathname === '/contacts') await answers.after;
    if (request.method === 'POST' && (pathname === '/lists' || refuses.contacts)) isDone = false;
    else if (pathname === '/lists') isDone = removeList(list);
    else if (request.method === 'DELETE') isDone = remove(v.parse(IdsSchema, body));
    else if (v.parse(IdsSchema, body).includes(refuses.contact)) {
      response.statusCode = 422;
      response.end('{}');
      return;
    } else lists.get(list)?.push(...v.parse(IdsSchema, body));
    response.statusCode = isDone ? 200 : 403;
    response.end('{}');
  });
  return {
    server,
    /** What it was asked to delete, in order. */
    asked,
    refuses,
    answers,
    stops: () => stops,
    /** Dials a contact now, whichever mailing the contact is of. */
    dials: (contactId: string) => dialed.push({ contactId, at: new Date().toISOString() }),
    held: () => [...lists.values()].flat().toSorted(),
  };
}
type Vendor = Awaited<ReturnType<typeof startVendor>>;

const clears = {
  'by the id of a list': {
    request: { method: 'DELETE', url: "/lists?list={{ captures.list | default: '' }}" },
  },
  'contact by contact': {
    each: { size: 1, count: 'contacts' },
    request: {
      method: 'DELETE',
      url: '/contacts',
      body: { json: '{{ items | map: "contactId" }}' },
    },
  },
} as const;

const connectionTo = ({ server }: Vendor, contactClear: object) => ({
  adapter: 'generic-http',
  settings: {
    baseUrl: server.url,
    contactClear,
    contactLoad: {
      prepare: [
        {
          request: { method: 'POST', url: '/lists' },
          capture: { list: '{{ reply.id }}' },
        },
      ],
      request: {
        method: 'POST',
        url: '/contacts?list={{ captures.list }}',
        body: { json: ['{{ contactId }}'] },
      },
      deactivate: [{ request: { method: 'POST', url: '/stop' } }],
    },
    dialerResults: {
      request: { url: '/results' },
      rows: 'reply',
      fields: {
        contactId: '{{ row.contactId }}',
        number: '41999998888',
        at: '{{ row.at }}',
        status: 'ANSWERED',
      },
      outcomes: { ANSWERED: 'answered' },
    },
  },
  limits: { timeout: 10 },
});

let a: Vendor;
let b: Vendor;
let host: TestHost;
beforeEach(async () => {
  a = await startVendor();
  b = await startVendor();
});
afterEach(async () => {
  await host.stop();
  await a.server.close();
  await b.server.close();
});

async function load(first: number): Promise<string> {
  const id = await sendMailing(host, contacts(2, first));
  await until(host, id, isIn('active'));
  return id;
}

const at = (connection: string) => ({ contactLoad: connection, contactClear: connection });
const document = (features: object, connections: object) => ({
  ...tenantDocument(a.server.url),
  connections,
  features,
});
async function startWith(features: object, connections: object): Promise<void> {
  host = await startTestHost({ document: document(features, connections) });
}
async function save(features: object, connections: object): Promise<void> {
  const json = document(features, connections);
  expect((await host.tenant('', { method: 'PUT', json })).status).toBe(200);
}
const SummaryShape = v.looseObject({
  state: v.string(),
  attempts: v.number(),
  error: v.optional(v.looseObject({ code: v.string(), message: v.string() })),
});
const summary = async (id: string) =>
  jsonOf(await host.tenant(`/mailings/${id}/results/summary`), SummaryShape);
const attempts = async (id: string): Promise<number> => (await summary(id)).attempts;
const withSecret = ({ settings, ...connection }: ReturnType<typeof connectionTo>) => ({
  ...connection,
  settings: { ...settings, headers: { Authorization: '${secret:ofA}' } },
});
/** As after putting back a backup from before the secret was set. */
async function loseSecret(name: string): Promise<void> {
  const { dataDir, databaseUrl } = host;
  const store = await openStore({ dataDir, databaseUrl, logger: silentLogger });
  await store.change('tenants', '1042', (transaction) =>
    transaction.deleteFrom('secrets').where('name', '=', name).execute(),
  );
  await store.close();
}
const ConnectionsShape = v.looseObject({
  connections: v.array(v.looseObject({ name: v.string() })),
});
async function usable(): Promise<string[]> {
  const { connections } = await jsonOf(await host.tenant('/connections'), ConnectionsShape);
  return connections.map(({ name }) => name);
}
const command = (id: string, name: string) =>
  host.tenant(`/mailings/${id}/${name}`, { method: 'POST' });

describe.each([
  ['by the id of a list', ['list 1']],
  ['contact by contact', ['c-1', 'c-2']],
] as const)('a vendor whose queue is cleared %s', (way, ofFirst) => {
  const { [way]: contactClear } = clears;
  const both = () => ({ a: connectionTo(a, contactClear), b: connectionTo(b, contactClear) });
  const bind = (features: object) => save(features, both());
  const start = (features: object, connections = both()) => startWith(features, connections);

  it('is asked to delete only what was loaded there, and nothing that another vendor has', async () => {
    await start(at('a'));
    await load(1);
    await bind(at('b'));
    await load(11);
    expect(b.asked).toEqual([]);
    expect(a.held()).toEqual(['c-1', 'c-2']);

    await bind(at('a'));
    await load(21);
    expect(a.asked).toEqual(ofFirst);
    expect(a.held()).toEqual(['c-21', 'c-22']);
    expect(b.held()).toEqual(['c-11', 'c-12']);

    await bind(at('b'));
    await load(31);
    expect(b.held()).toEqual(['c-31', 'c-32']);
    expect(a.held()).toEqual(['c-21', 'c-22']);
  });

  it('is asked by a clear by hand to delete only what was loaded there, and only once', async () => {
    await start(at('a'));
    await load(1);
    await bind(at('b'));
    const clear = () => host.tenant('/queues/7/clear', { method: 'POST' });
    expect((await clear()).status).toBe(200);
    expect(b.asked).toEqual([]);
    await load(11);
    await bind(at('a'));
    expect((await clear()).status).toBe(200);
    expect(a.asked).toEqual(ofFirst);
    expect(a.held()).toEqual([]);
    // Deleting them once more would be refused.
    await load(21);
    expect(a.asked).toEqual(ofFirst);
    expect(a.held()).toEqual(['c-21', 'c-22']);
  });

  it('is asked to delete nothing for a load that begins again there after it brought nothing to another vendor', async () => {
    await start(at('a'));
    a.refuses.contacts = true;
    const id = await sendMailing(host, contacts(2));
    await expect.poll(() => mailing(host, id)).toMatchObject({ state: 'stopped' });
    await bind(at('b'));
    b.refuses.lists = true;
    await command(id, 'retry');
    await expect
      .poll(async () => (await mailing(host, id)).error?.message)
      .toContain('The load could not be prepared');
    b.refuses.lists = false;
    await command(id, 'retry');
    await until(host, id, isIn('active'));
    expect(b.asked).toEqual([]);
    expect(b.held()).toEqual(['c-1', 'c-2']);
  });

  it('is asked to delete what was loaded through another connection if its company loads and clears through two connections to it', async () => {
    // Two connections to one telephone system.
    const doors = { a: connectionTo(a, contactClear), b: connectionTo(a, contactClear) };
    await start({ contactLoad: 'b', contactClear: 'a' }, doors);
    await load(1);
    await load(11);
    expect(a.asked).toEqual(ofFirst);
    expect(a.held()).toEqual(['c-11', 'c-12']);
  });
});

describe('a mailing that was loaded at connection A before its company switched to B', () => {
  const toA = () => ({ a: connectionTo(a, clears['contact by contact']) });
  const toB = () => ({ b: connectionTo(b, clears['contact by contact']) });

  it('is still dialed at A: a load at B does not replace it, and its failed contacts are sent again after the switch back', async () => {
    await startWith(at('a'), { ...toA(), ...toB() });
    a.refuses.contact = 'c-2';
    const id = await load(1);
    a.refuses.contact = '';
    await save(at('b'), { ...toA(), ...toB() });
    await load(11);
    const refused = await command(id, 'retry');
    expect(refused.status).toBe(409);
    expect(await refused.text()).toContain('connection \\"a\\"');
    expect(await mailing(host, id)).toMatchObject({ state: 'active', replacedAt: null, failed: 1 });

    await save(at('a'), { ...toA(), ...toB() });
    expect((await command(id, 'retry')).status).toBe(202);
    await until(host, id, ({ state, sent }) => state === 'active' && sent === 2);
    expect(a.held()).toEqual(['c-1', 'c-2']);
    expect(b.held()).toEqual(['c-11', 'c-12']);
    expect(a.asked).toEqual([]);
  });

  it('is deactivated at A, even while another mailing is being loaded into the same queue at B', async () => {
    await startWith(at('a'), { ...toA(), ...toB() });
    const id = await load(1);
    await save(at('b'), { ...toA(), ...toB() });
    const { promise, resolve } = Promise.withResolvers<void>();
    b.answers.after = promise;
    const next = await sendMailing(host, contacts(2, 11));
    await until(host, next, ({ step }) => step === 'send');
    await command(id, 'deactivate');
    await until(host, id, isIn('finished'));
    expect([a.stops(), b.stops()]).toEqual([1, 0]);
    resolve();
    await until(host, next, isIn('active'));
  });

  it('is stopped with an error, not finished, if it is deactivated while A is gone from the document, and can be deactivated once A is back', async () => {
    await startWith(at('a'), toA());
    const id = await load(1);
    await save(at('b'), toB());
    await command(id, 'deactivate');
    await expect.poll(() => mailing(host, id)).toMatchObject({ state: 'stopped' });
    const { error } = await mailing(host, id);
    expect(error?.code).toBe('conflict');
    expect(error?.message).toContain('connection "a"');
    expect([a.stops(), b.stops()]).toEqual([0, 0]);

    await save(at('b'), { ...toA(), ...toB() });
    await command(id, 'deactivate');
    await until(host, id, isIn('finished'));
    expect([a.stops(), b.stops()]).toEqual([1, 0]);
  });

  it('stays deactivating while A refuses to stop, and can be cancelled only after A is removed from the document', async () => {
    await startWith(at('a'), toA());
    const id = await load(1);
    await save(at('b'), { ...toA(), ...toB() });
    a.refuses.stops = true;
    await command(id, 'deactivate');
    await until(host, id, ({ error }) => error?.code === 'auth_failed');
    expect((await command(id, 'cancel')).status).toBe(409);
    await save(at('b'), toB());
    await expect.poll(() => mailing(host, id), patience).toMatchObject({ state: 'stopped' });
    expect((await command(id, 'cancel')).status).toBe(202);
    expect(await mailing(host, id)).toMatchObject({ state: 'cancelled' });
    expect(b.stops()).toBe(0);
  });

  it('is finished without asking A if another mailing was loaded at A since: nothing of it is there', async () => {
    await startWith(at('a'), toA());
    const id = await load(1);
    await load(11);
    await save(at('b'), toB());
    await command(id, 'deactivate');
    await until(host, id, isIn('finished'));
    expect([a.stops(), b.stops()]).toEqual([0, 0]);
  });

  it('gets the results of A: attempts of B on the same people belong to another mailing', async () => {
    const told = (connection: string) => ({ ...at(connection), dialerResults: connection });
    await startWith(told('a'), { ...toA(), ...toB() });
    const id = await load(1);
    a.dials('c-1');
    await save(told('b'), { ...toA(), ...toB() });
    const next = await load(1);
    b.dials('c-1');
    b.dials('c-2');
    for (const one of [id, next]) {
      await command(one, 'deactivate');
      await until(host, one, isIn('finished'));
    }
    expect([await attempts(id), await attempts(next)]).toEqual([1, 2]);
  });

  it('gets the results of the separate reporting connection that reported on it before, not of A: attempts would be counted twice', async () => {
    const reports = await startVendor();
    onTestFinished(() => reports.server.close());
    const connections = {
      ...toA(),
      ...toB(),
      r: connectionTo(reports, clears['contact by contact']),
    };
    const told = (connection: string) => ({ ...at(connection), dialerResults: 'r' });
    await startWith(told('a'), connections);
    const id = await load(1);
    reports.dials('c-1');
    await command(id, 'results/fetch');
    await expect.poll(() => attempts(id)).toBe(1);
    await save(told('b'), connections);
    a.dials('c-2');
    await command(id, 'deactivate');
    await until(host, id, isIn('finished'));
    expect(await attempts(id)).toBe(1);
    expect((await command(id, 'results/fetch')).status).toBe(202);
    await expect.poll(() => summary(id)).toMatchObject({ state: 'complete', attempts: 1 });
  });

  it('says that A lacks a secret while it is deactivating, and is ended at A once the secret is back', async () => {
    const connections = { ...toB(), a: withSecret(toA().a) };
    host = await startTestHost({
      document: document(at('a'), connections),
      secrets: { ofA: 'secret-of-a' },
    });
    const id = await load(1);
    await save(at('b'), connections);
    await loseSecret('ofA');
    await expect.poll(() => usable()).toEqual(['b']);
    await command(id, 'deactivate');
    await expect.poll(async () => (await mailing(host, id)).error).not.toBeNull();
    const { state, error } = await mailing(host, id);
    expect([state, error?.code]).toEqual(['deactivating', 'invalid_config']);
    expect(error?.message).toContain('connection "a"');
    await host.tenant('/secrets/ofA', { method: 'PUT', json: { value: 'secret-of-a' } });
    await until(host, id, isIn('finished'));
    expect([a.stops(), b.stops()]).toEqual([1, 0]);
  });

  it('waits for its results while A lacks a secret, and says so', async () => {
    const told = (connection: string) => ({ ...at(connection), dialerResults: connection });
    const connections = { ...toB(), a: withSecret(toA().a) };
    host = await startTestHost({
      document: document(told('a'), connections),
      secrets: { ofA: 'secret-of-a' },
    });
    const id = await load(1);
    await load(11);
    a.dials('c-1');
    await save(told('b'), connections);
    await loseSecret('ofA');
    await expect.poll(() => usable()).toEqual(['b']);
    await command(id, 'deactivate');
    await expect.poll(() => summary(id)).toMatchObject({ state: 'failed' });
    expect((await summary(id)).error).toMatchObject({
      code: 'invalid_config',
      message: expect.stringContaining('connection "a"'),
      hint: expect.stringContaining('remove the connection "a"'),
    });
    expect(await mailing(host, id)).toMatchObject({ state: 'deactivating' });

    await host.tenant('/secrets/ofA', { method: 'PUT', json: { value: 'secret-of-a' } });
    await command(id, 'results/fetch');
    await until(host, id, isIn('finished'));
    expect(await attempts(id)).toBe(1);
  });

  it('is finished without results if A is gone from the document, and a fetch says why', async () => {
    const told = (connection: string) => ({ ...at(connection), dialerResults: connection });
    await startWith(told('a'), toA());
    const id = await load(1);
    await load(11);
    await save(told('b'), toB());
    b.dials('c-1');
    await command(id, 'deactivate');
    await until(host, id, isIn('finished'));
    const fetched = await command(id, 'results/fetch');
    expect(fetched.status).toBe(422);
    expect(await fetched.text()).toContain('connection \\"a\\"');
    expect(await attempts(id)).toBe(0);
  });
});
