// A telephone system whose queue is cleared contact by contact: whoever may lie there is in the clear of the next mailing, and nobody else is.
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
  /** Of a contact that is sent; others are taken. */
  readonly fates: Map<string, Fate>;
  /** Who was sent, and who was to be deleted. */
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

/** Another mailing, whose clear is asked for. @returns whom */
async function clearedBy({ host, deleted }: World): Promise<readonly string[]> {
  deleted.length = 0;
  await until(host, await sendMailing(host, contacts(1, 21)), isIn('active'));
  return deleted.toSorted();
}

it('whoever may have been taken is cleared away; whoever was refused is not, for a telephone system may answer that with an error', async () => {
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
  'whom a person gives up, %s, may be there, and is cleared away',
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

it('whoever was to be sent again when the mailing was given up may be there, and is cleared away; whoever has never left is not', async () => {
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

it('whoever was to be sent again and cannot be there is not: to delete him may be answered with an error, and no later mailing would be loaded', async () => {
  const world = await openWorld();
  const { host, fates } = world;
  fates.set('c-2', 'locked out');
  const id = await sendMailing(host, contacts(3));
  await until(host, id, isIn('stopped'));
  await command(host, id, 'cancel');
  expect(await clearedBy(world)).toEqual(['c-1']);
});

it('a mailing of which nothing was taken is cleared away before its retry, as far as it may be there', async () => {
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

it.each(givenUp)('so is whom a person gives up, %s, before he is sent again', async (_, whom) => {
  const { host, fates, deleted } = await openWorld();
  fates.set('c-1', 'lost').set('c-2', 'lost');
  const id = await sendMailing(host, contacts(2));
  await until(host, id, isIn('active'));
  await command(host, id, 'settle', { as: 'failed', ...whom });
  fates.clear();
  await command(host, id, 'retry');
  await until(host, id, isIn('active'));
  expect(deleted).toEqual(['c-1', 'c-2']);
});
