// A telephone system whose queue is cleared contact by contact: the clear of the next mailing covers exactly the contacts that may be there.
import { startLoopbackServer } from '@finaz-telephony/testing';
import { expect, it, onTestFinished } from 'vitest';
import * as v from 'valibot';
import { jsonOf } from '../support/json.ts';
import { contacts, ContactsShape, isIn, mailing, sendMailing, until } from '../support/mailings.ts';
import { startTestHost, type TestHost } from '../support/test-host.ts';
import { wholeBody } from '../support/whole-body.ts';

/** What becomes of a contact there: `lost` and `broken` take it, and do not say so. */
type Fate = 'taken' | 'lost' | 'broken' | 'refused' | 'locked out';

interface World {
  readonly host: TestHost;
  /** By contact id; a contact without a fate is taken. */
  readonly fates: Map<string, Fate>;
  /** The ids that were sent, and those that were to be deleted. */
  readonly sent: string[];
  readonly deleted: string[];
}

const TextSchema = v.pipe(v.string(), v.parseJson(), v.string());

async function openWorld(load: object = {}): Promise<World> {
  const fates = new Map<string, Fate>();
  const sent: string[] = [];
  const deleted: string[] = [];
  const system = await startLoopbackServer(async (request, response) => {
    const contactId = v.parse(TextSchema, (await wholeBody(request))?.toString());
    const isClear = request.method === 'DELETE';
    (isClear ? deleted : sent).push(contactId);
    const fate = isClear ? 'taken' : fates.get(contactId);
    if (fate === 'lost') return void response.destroy();
    if (fate === 'broken') response.statusCode = 500;
    if (fate === 'refused') response.statusCode = 422;
    if (fate === 'locked out') response.statusCode = 401;
    response.end('{}');
  });
  const request = { url: '/contacts', body: { json: '{{ contactId }}' } };
  const settings = {
    baseUrl: system.url,
    contactClear: {
      each: { size: 1, count: 'contacts' },
      request: {
        method: 'DELETE',
        url: '/contacts',
        body: { json: '{{ items | first | at: "contactId" }}' },
      },
    },
    contactLoad: { request: { ...request, method: 'POST' }, ...load },
  };
  const limits = { requestsPerSecond: 1000, concurrency: 1 };
  const host = await startTestHost({
    document: {
      connections: { dialer: { adapter: 'generic-http', settings, limits } },
      features: { contactLoad: 'dialer', contactClear: 'dialer' },
    },
  });
  onTestFinished(async () => {
    await host.stop();
    await system.close();
  });
  return { host, fates, sent, deleted };
}

const command = (host: TestHost, id: string, name: string, json?: unknown) =>
  host.tenant(`/mailings/${id}/${name}`, { method: 'POST', ...(json !== undefined && { json }) });

async function stateOf(host: TestHost, id: string): Promise<Record<string, string>> {
  const list = await jsonOf(await host.tenant(`/mailings/${id}/contacts`), ContactsShape);
  return Object.fromEntries(list.contacts.map(({ contactId, state }) => [contactId, state]));
}

/** Loads another mailing. @returns the ids that its clear covers */
async function clearedBy({ host, deleted }: World): Promise<readonly string[]> {
  deleted.length = 0;
  await until(host, await sendMailing(host, contacts(1, 21)), isIn('active'));
  return deleted.toSorted();
}

it('the next clear covers contacts that the vendor may have taken, but not those it refused: deleting these may be answered with an error', async () => {
  const world = await openWorld();
  const { host, fates } = world;
  fates.set('c-1', 'lost').set('c-2', 'broken').set('c-3', 'refused');
  const id = await sendMailing(host, contacts(4));
  await until(host, id, isIn('active'));
  expect(await stateOf(host, id)).toEqual({
    'c-1': 'in_doubt',
    'c-2': 'failed',
    'c-3': 'failed',
    'c-4': 'sent',
  });
  expect(await clearedBy(world)).toEqual(['c-1', 'c-2', 'c-4']);
});

const givenUp = [
  ['each by its id', { contactIds: ['c-1', 'c-2'] }],
  ['all of them', {}],
] as const;

it.each(givenUp)(
  'the next clear covers contacts in doubt that a person has given up, %s: the vendor may have them',
  async (_, whom) => {
    const world = await openWorld();
    const { host, fates } = world;
    fates.set('c-1', 'lost').set('c-2', 'lost');
    const id = await sendMailing(host, contacts(3));
    await until(host, id, isIn('active'));
    await command(host, id, 'settle', { as: 'failed', ...whom });
    expect(await mailing(host, id)).toMatchObject({ inDoubt: 0, failed: 2 });
    expect(await clearedBy(world)).toEqual(['c-1', 'c-2', 'c-3']);
  },
);

it('the next clear covers a contact that was to be sent again when its mailing was cancelled, but none that was never sent', async () => {
  const world = await openWorld({ repeatable: true });
  const { host, fates, sent } = world;
  fates.set('c-2', 'lost');
  const id = await sendMailing(host, contacts(4));
  await expect.poll(() => sent).toContain('c-2');
  await command(host, id, 'pause');
  await expect.poll(() => mailing(host, id)).toMatchObject({ sent: 1, sending: 0, pending: 3 });
  await command(host, id, 'cancel');
  expect(await clearedBy(world)).toEqual(['c-1', 'c-2']);
});

it('the next clear does not cover a contact answered with 401, which the vendor cannot have: an error would block every later load', async () => {
  const world = await openWorld();
  const { host, fates } = world;
  fates.set('c-2', 'locked out');
  const id = await sendMailing(host, contacts(3));
  await until(host, id, isIn('stopped'));
  await command(host, id, 'cancel');
  expect(await clearedBy(world)).toEqual(['c-1']);
});

it('a retry of a mailing of which nothing was taken first clears the contacts that the vendor may have', async () => {
  const { host, fates, sent, deleted } = await openWorld();
  fates.set('c-1', 'broken').set('c-2', 'refused');
  const id = await sendMailing(host, contacts(2));
  await until(host, id, isIn('active'));
  expect(await mailing(host, id)).toMatchObject({ sent: 0, failed: 2 });
  fates.clear();
  await command(host, id, 'retry');
  await until(host, id, isIn('active'));
  expect(deleted).toEqual(['c-1']);
  expect(sent).toEqual(['c-1', 'c-2', 'c-1', 'c-2']);
});

it.each(givenUp)(
  'a retry first clears contacts in doubt that a person has given up, %s: the vendor may have them',
  async (_, whom) => {
    const { host, fates, deleted } = await openWorld();
    fates.set('c-1', 'lost').set('c-2', 'lost');
    const id = await sendMailing(host, contacts(2));
    await until(host, id, isIn('active'));
    await command(host, id, 'settle', { as: 'failed', ...whom });
    fates.clear();
    await command(host, id, 'retry');
    await until(host, id, isIn('active'));
    expect(deleted).toEqual(['c-1', 'c-2']);
  },
);
