import { startLoopbackServer } from '@finaz-telephony/testing';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { contacts, isIn, mailing, sendMailing, until } from '../support/mailings.ts';
import { startTestHost, tenantDocument, type TestHost } from '../support/test-host.ts';
import { wholeBody } from '../support/whole-body.ts';

const count = 40;

/** A telephone system that lists what arrived, in order: `clear`, or the id of a contact. */
async function startVendor() {
  const came: string[] = [];
  /** `goesOn`: until it resolves, only the clear and the first contact are answered. */
  const state = { status: 200, losesAnswers: false, goesOn: Promise.resolve() };
  const server = await startLoopbackServer(async (request, response) => {
    const body = await wholeBody(request);
    if (!body) return;
    const isClear = request.method === 'DELETE';
    response.statusCode = isClear ? 200 : state.status;
    response.setHeader('Retry-After', '30');
    if (response.statusCode === 200)
      came.push(isClear ? 'clear' : String(JSON.parse(body.toString())));
    if (came.length > 2) await state.goesOn;
    if (state.losesAnswers && !isClear) request.destroy();
    else response.end('{}');
  });
  return { came, state, server };
}
type Vendor = Awaited<ReturnType<typeof startVendor>>;

const connectionTo = ({ server }: Vendor) => ({
  adapter: 'generic-http',
  settings: {
    baseUrl: server.url,
    contactClear: { request: { method: 'DELETE', url: '/' } },
    contactLoad: {
      repeatable: true,
      request: { method: 'POST', url: '/', body: { json: '{{ contactId }}' } },
    },
  },
  limits: { requestsPerSecond: 15, concurrency: 1 },
});

let former: Vendor;
let present: Vendor;
let host: TestHost;
const loadsBy = (connection: string) => ({
  connections: { former: connectionTo(former), present: connectionTo(present) },
  features: { contactLoad: connection, contactClear: connection },
});

async function changeTo(connection: string): Promise<void> {
  const json = { ...tenantDocument(former.server.url), ...loadsBy(connection) };
  expect((await host.tenant('', { method: 'PUT', json })).status).toBe(200);
}
async function callIt(name: string): Promise<void> {
  const json = {
    ...tenantDocument(former.server.url),
    connections: { [name]: connectionTo(former) },
    features: { contactLoad: name, contactClear: name },
  };
  expect((await host.tenant('', { method: 'PUT', json })).status).toBe(200);
}
const steer = async (id: string, command: string) =>
  expect((await host.tenant(`/mailings/${id}/${command}`, { method: 'POST' })).status).toBe(202);

beforeEach(async () => {
  former = await startVendor();
  present = await startVendor();
  host = await startTestHost({ document: loadsBy('former') });
});
afterEach(async () => {
  await host.stop();
  await former.server.close();
  await present.server.close();
});

it('a load stops when its company switches to another connection, whose queue was not cleared for it, and goes on after the switch back', async () => {
  const changed = Promise.withResolvers<void>();
  former.state.goesOn = changed.promise;
  const id = await sendMailing(host, contacts(count));
  await until(host, id, ({ sent }) => sent > 0);
  await changeTo('present');
  changed.resolve();
  const stopped = await until(host, id, isIn('stopped', 'active'));
  expect(stopped).toMatchObject({ state: 'stopped', error: { code: 'conflict' } });
  expect(stopped.error?.message).toContain('"former"');
  expect(present.came).toEqual([]);

  await changeTo('former');
  await steer(id, 'retry');
  expect(await until(host, id, isIn('active'))).toMatchObject({ sent: count, inDoubt: 0 });
  expect(former.came.filter((what) => what === 'clear')).toHaveLength(1);
  expect(new Set(former.came).size).toBe(former.came.length);
  expect(former.came).toHaveLength(count + 1);
});

it('a load that has brought no contact to the former connection starts again at the new one, with its clear', async () => {
  former.state.status = 429;
  const id = await sendMailing(host, contacts(3));
  await until(host, id, ({ error }) => error?.code === 'rate_limited');
  await steer(id, 'pause');
  await changeTo('present');
  await steer(id, 'resume');
  await until(host, id, isIn('active'));
  expect(former.came).toEqual(['clear']);
  expect(present.came[0]).toBe('clear');
  expect(present.came).toHaveLength(4);
  expect(await mailing(host, id)).toMatchObject({ sent: 3, error: null });
});

it('a load does not move to another connection while one of its contacts is to be sent again: the former vendor may have it', async () => {
  former.state.losesAnswers = true;
  const id = await sendMailing(host, contacts(3));
  await expect.poll(() => former.came, { timeout: 10_000 }).toContain('c-1');
  await steer(id, 'pause');
  expect(await until(host, id, ({ sending }) => sending === 0)).toMatchObject({ inDoubt: 0 });
  await changeTo('present');
  await steer(id, 'resume');
  expect(await until(host, id, isIn('stopped', 'active'))).toMatchObject({
    state: 'stopped',
    error: { code: 'conflict' },
  });
  expect(present.came).toEqual([]);
});

it.each([
  ['is under way', async () => undefined],
  [
    'is paused, and resumed under the new name,',
    async (id: string, goOn: () => void) => {
      await steer(id, 'pause');
      goOn();
      await until(host, id, ({ sending }) => sending === 0);
    },
  ],
])(
  'a load whose connection is renamed while it %s stops, then goes on where it was once the former name is back',
  async (_, before) => {
    const changed = Promise.withResolvers<void>();
    former.state.goesOn = changed.promise;
    const id = await sendMailing(host, contacts(count));
    await until(host, id, ({ sent }) => sent > 0);
    await before(id, changed.resolve);
    const { state } = await mailing(host, id);
    await callIt('renamed');
    changed.resolve();
    if (state === 'paused') await steer(id, 'resume');
    const stopped = await until(host, id, isIn('stopped', 'active'));
    expect(stopped).toMatchObject({ state: 'stopped', error: { code: 'conflict' } });
    expect(stopped.error?.hint).toContain('was renamed, give it its name "former" back');
    const came = former.came.length;
    await steer(id, 'retry');
    expect(await until(host, id, isIn('stopped', 'active'))).toMatchObject({ state: 'stopped' });
    expect(former.came).toHaveLength(came);

    await callIt('former');
    await steer(id, 'retry');
    expect(await until(host, id, isIn('active'))).toMatchObject({ sent: count, inDoubt: 0 });
    expect(former.came[0]).toBe('clear');
    expect(new Set(former.came).size).toBe(count + 1);
    expect(former.came).toHaveLength(count + 1);
  },
);
