// After a backup is restored, no contact that was sent since is sent again, and none is lost.
import { startLoopbackServer } from '@finaz-telephony/testing';
import { expect, it, onTestFinished, vi } from 'vitest';
import { readEnvironment } from '../../src/environment.ts';
import { silentLogger } from '../../src/logger.ts';
import { ShownMailingSchema } from '../../src/mailings/show-mailing.ts';
import { serve } from '../../src/serve.ts';
import { openStore } from '../../src/store/open-store.ts';
import { runCli } from '../support/cli-process.ts';
import { createHostPlace, type HostPlace } from '../support/host-place.ts';
import { jsonOf } from '../support/json.ts';
import { contacts, ContactsShape, TakenShape } from '../support/mailings.ts';
import { adminKey } from '../support/test-host.ts';
import { wholeBody } from '../support/whole-body.ts';

vi.mock('../../src/mailings/load/leave-alone.ts', () => ({ leaveAlone: async () => undefined }));

/** A telephone system that takes contacts up to a number, and answers 429 from then on. */
async function startVendor() {
  const taken: string[] = [];
  let most = 0;
  const server = await startLoopbackServer(async (request, response) => {
    const text = (await wholeBody(request))?.toString() ?? '';
    const isFull = request.method === 'POST' && taken.length >= most;
    if (request.method === 'POST' && !isFull) taken.push(text.slice(1, -1));
    response.writeHead(isFull ? 429 : 200, {
      'Content-Type': 'application/json',
      ...(isFull && { 'Retry-After': '1' }),
    });
    response.end(JSON.stringify({ found: taken.map((id) => ({ id })) }));
  });
  onTestFinished(server.close);
  return {
    url: server.url,
    taken,
    takeUpTo: (count: number) => {
      most = count;
    },
  };
}

async function startHost({ variables }: HostPlace) {
  const running = await serve(
    readEnvironment({ PORT: '0', ADMIN_KEY: adminKey, DRAIN_SECONDS: '0', ...variables }),
    silentLogger,
  );
  onTestFinished(running.stop);
  const ask = (path: string, json?: unknown, method = json === undefined ? 'GET' : 'POST') =>
    fetch(`${running.url}/v1/tenants/1042${path}`, {
      method,
      headers: { Authorization: `Bearer ${adminKey}`, 'Content-Type': 'application/json' },
      ...(json !== undefined && { body: JSON.stringify(json) }),
    });
  const send = async (queue: string, count: number, first = 1) => {
    const answer = await ask(`/mailings?queue=${queue}`, contacts(count, first));
    return (await jsonOf(answer, TakenShape)).mailingId;
  };
  const shown = async (id: string) => jsonOf(await ask(`/mailings/${id}`), ShownMailingSchema);
  return { ask, send, shown, stop: running.stop };
}

const documentOf = (url: string, load: object) => ({
  id: '1042',
  name: 'Cobranca Sul',
  connections: {
    dialer: {
      adapter: 'generic-http',
      settings: {
        baseUrl: url,
        contactClear: { request: { method: 'DELETE', url: '/' } },
        contactLoad: {
          request: { method: 'POST', url: '/', body: { json: '{{ contactId }}' } },
          ...load,
        },
      },
      limits: { requestsPerSecond: 1000, concurrency: 1, timeout: 30 },
    },
  },
  features: { contactLoad: 'dialer', contactClear: 'dialer' },
});

/** Of six contacts, two are sent before the backup is made, and two more before it is restored. Another mailing waits behind theirs. */
async function putBack(load: object) {
  const place = await createHostPlace();
  onTestFinished(place.remove);
  const vendor = await startVendor();
  vendor.takeUpTo(2);
  const before = await startHost(place);
  const saved = await before.ask('?check=skip', documentOf(vendor.url, load), 'PUT');
  expect(saved.status).toBe(201);
  const begun = await before.send('7', 6);
  await expect.poll(() => vendor.taken.length).toBe(2);
  await expect.poll(async () => (await before.shown(begun)).sent).toBe(2);
  const waiting = await before.send('7', 3, 7);
  await before.stop();
  const back = await place.backUp();
  vendor.takeUpTo(4);
  const since = await startHost(place);
  await expect.poll(async () => (await since.shown(begun)).sent, { timeout: 20_000 }).toBe(4);
  await since.stop();
  await back();
  vendor.takeUpTo(Number.POSITIVE_INFINITY);
  const told = await runCli(['restored'], place.variables);
  expect(told).toMatchObject({ code: 0, stderr: '' });
  expect(told.stdout).toContain(
    `company 1042, queue 7, mailing ${begun}: 4 may have been sent since\n  company 1042, queue 7, mailing ${waiting}: 3 pending`,
  );
  expect(await runCli(['restored'], place.variables)).toEqual(told);
  const host = await startHost(place);
  expect(await host.shown(begun)).toMatchObject({ state: 'paused', sent: 2, sending: 4 });
  const error = { code: 'restored' };
  expect(await host.shown(waiting)).toMatchObject({ state: 'paused', pending: 3, error });
  expect((await host.ask(`/mailings/${begun}/resume`, {})).status).toBe(202);
  await expect.poll(async () => (await host.shown(begun)).state).toBe('active');
  expect((await host.shown(begun)).error).toBeNull();
  return { host, begun, vendor, waiting };
}

const six = contacts(6).map(({ contactId }) => contactId);

it('after a restore, contacts that may have been sent since the backup are sent again if the vendor keeps one entry per contact', async () => {
  const { host, begun, vendor } = await putBack({ repeatable: true });
  expect(await host.shown(begun)).toMatchObject({ sent: 6, inDoubt: 0, pending: 0 });
  expect([...new Set(vendor.taken)]).toEqual(six);
});

it('after a restore, a vendor that can be asked is asked, and only contacts that it does not have are sent', async () => {
  const { host, begun, vendor } = await putBack({
    find: { request: { url: '/' }, rows: 'reply.found', contactId: '{{ row.id }}' },
  });
  expect(await host.shown(begun)).toMatchObject({ sent: 6, inDoubt: 0, pending: 0 });
  expect(vendor.taken).toEqual(six);
});

it('after a restore, contacts that may have been sent since the backup are in doubt, and not sent until a person settles them', async () => {
  const { host, begun, vendor, waiting } = await putBack({});
  expect(await host.shown(begun)).toMatchObject({ sent: 2, inDoubt: 4, pending: 0 });
  const listed = await host.ask(`/mailings/${begun}/contacts?state=in_doubt`);
  const { contacts: doubtful } = await jsonOf(listed, ContactsShape);
  expect(doubtful.map(({ contactId }) => contactId)).toEqual(six.slice(2));
  expect(vendor.taken).toEqual(six.slice(0, 4));
  const settle = { as: 'sent', contactIds: six.slice(2, 4) };
  expect((await host.ask(`/mailings/${begun}/settle`, settle)).status).toBe(200);
  expect((await host.ask(`/mailings/${begun}/settle`, { as: 'pending' })).status).toBe(200);
  expect((await host.ask(`/mailings/${begun}/retry`, {})).status).toBe(202);
  await expect.poll(async () => (await host.shown(begun)).sent).toBe(6);
  expect(vendor.taken).toEqual(six);
  expect(await host.shown(waiting)).toMatchObject({ state: 'paused', pending: 3 });
});

it('after a restore, contacts that may have been sent since the backup are in doubt also if the mailing is cancelled', async () => {
  const place = await createHostPlace();
  onTestFinished(place.remove);
  const vendor = await startVendor();
  vendor.takeUpTo(2);
  const before = await startHost(place);
  await before.ask('?check=skip', documentOf(vendor.url, {}), 'PUT');
  const id = await before.send('7', 6);
  await expect.poll(async () => (await before.shown(id)).sent).toBe(2);
  await before.stop();
  expect(await runCli(['restored'], place.variables)).toMatchObject({ code: 0 });
  const host = await startHost(place);
  expect((await host.ask(`/mailings/${id}/cancel`, {})).status).toBe(202);
  await expect.poll(async () => (await host.shown(id)).inDoubt).toBe(4);
});

it('after a restore, a file that may have been sent since the backup is not sent again, and its contacts are in doubt', async () => {
  const place = await createHostPlace();
  onTestFinished(place.remove);
  const vendor = await startVendor();
  vendor.takeUpTo(Number.POSITIVE_INFINITY);
  const before = await startHost(place);
  const file = { line: 'ID;DDD1Telefone1', header: false };
  const load = { unit: 'file', repeatable: true, request: { method: 'POST', url: '/' }, file };
  await before.ask('?check=skip', documentOf(vendor.url, load), 'PUT');
  const id = await before.send('7', 6);
  await expect.poll(async () => (await before.shown(id)).state).toBe('active');
  await before.stop();
  // As in a backup made just before the file was sent.
  const store = await openStore({ ...place, logger: silentLogger });
  const earlier = {
    state: 'loading',
    step: 'send',
    settled_at: null,
    pending: 6,
    sent: 0,
  } as const;
  await store.db.updateTable('mailings').set(earlier).execute();
  await store.close();
  expect(await runCli(['restored'], place.variables)).toMatchObject({ code: 0 });
  const host = await startHost(place);
  expect((await host.ask(`/mailings/${id}/resume`, {})).status).toBe(202);
  await expect.poll(async () => (await host.shown(id)).inDoubt).toBe(6);
  await expect.poll(async () => (await host.shown(id)).state).toBe('active');
  expect(vendor.taken).toHaveLength(1);
});

it('the command restored changes nothing while a host runs or if the database has no company', async () => {
  const place = await createHostPlace();
  onTestFinished(place.remove);
  const empty = await runCli(['restored'], place.variables);
  expect(empty).toMatchObject({ code: 2, stdout: '' });
  expect(empty.stderr).toContain('has no company, so it is not the backup');
  const host = await startHost(place);
  const vendor = await startVendor();
  await host.ask('?check=skip', documentOf(vendor.url, {}), 'PUT');
  const id = await host.send('7', 6);
  const refused = await runCli(['restored'], place.variables);
  expect(refused).toMatchObject({ code: 2, stdout: '' });
  expect(refused.stderr).toMatch(/(?:another|a) host works on/);
  expect((await host.shown(id)).state).not.toBe('paused');
});
