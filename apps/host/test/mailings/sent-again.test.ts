// Contacts that go out more than once: put back, or lost on their way.
import { startLoopbackServer } from '@finaz-telephony/testing';
import { expect, it, onTestFinished, vi } from 'vitest';
import { contacts, ContactsShape, isIn, sendMailing, until } from '../support/mailings.ts';
import { jsonOf } from '../support/json.ts';
import { startTestHost, type TestHost } from '../support/test-host.ts';
import { wholeBody } from '../support/whole-body.ts';

vi.mock('../../src/mailings/load/leave-alone.ts', () => ({ leaveAlone: async () => undefined }));

interface Answer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: object;
}

/** @param answer to a contact that is loaded or, without an id, to the question which contacts are there; `undefined` breaks the connection */
async function hostOf(
  answer: (contactId: string | undefined) => Answer | undefined,
  load: object = {},
): Promise<TestHost> {
  const vendor = await startLoopbackServer(async (request, response) => {
    const text = (await wholeBody(request))?.toString() ?? '';
    const given = answer(request.method === 'POST' ? text.slice(1, -1) : undefined);
    if (!given) {
      response.destroy();
      return;
    }
    response.writeHead(given.status ?? 200, {
      'Content-Type': 'application/json',
      ...given.headers,
    });
    response.end(JSON.stringify(given.body ?? {}));
  });
  const request = { method: 'POST', url: '/', body: { json: '{{ contactId }}' } };
  const settings = { baseUrl: vendor.url, contactLoad: { request, ...load } };
  const limits = { requestsPerSecond: 1000, concurrency: 4, timeout: 30 };
  const host = await startTestHost({
    document: {
      connections: { dialer: { adapter: 'generic-http', settings, limits } },
      features: { contactLoad: 'dialer' },
    },
  });
  onTestFinished(async () => {
    await host.stop();
    await vendor.close();
  });
  return host;
}

it('a contact that is to be sent again is first checked against the do-not-call list', async () => {
  let isBusy = true;
  let refused = 0;
  const taken: string[] = [];
  const host = await hostOf((contactId) => {
    if (isBusy) {
      refused += 1;
      return { status: 429, headers: { 'Retry-After': '3' } };
    }
    if (contactId !== undefined) taken.push(contactId);
    return {};
  });
  const id = await sendMailing(host, contacts(2));
  await expect.poll(() => refused).toBeGreaterThan(1);
  const [first] = contacts(1);
  const listed = await host.tenant('/do-not-call', {
    method: 'PUT',
    json: { numbers: [`41${first?.phones[0]?.number}`] },
  });
  expect(listed.ok).toBe(true);
  isBusy = false;
  await until(host, id, isIn('active'));
  expect(taken).toEqual(['c-2']);
});

it('a contact whose answer is lost every time ends in doubt, and does not keep the others from being loaded', async () => {
  const there: string[] = [];
  const host = await hostOf(
    (contactId) => {
      if (contactId === 'c-2') return undefined;
      if (contactId !== undefined) there.push(contactId);
      return { body: { found: there.map((id) => ({ id })) } };
    },
    { find: { request: { url: '/contacts' }, rows: 'reply.found', contactId: '{{ row.id }}' } },
  );
  const id = await sendMailing(host, contacts(3));
  expect(await until(host, id, isIn('active'))).toMatchObject({ sent: 2, inDoubt: 1 });
  const doubts = await host.tenant(`/mailings/${id}/contacts?state=in_doubt`);
  expect((await jsonOf(doubts, ContactsShape)).contacts).toMatchObject([
    { contactId: 'c-2', vendor: { code: 'network' } },
  ]);
});

it('failures between successes do not end a load, however many add up, because the vendor is not down', async () => {
  const host = await hostOf((contactId) => ({
    status: Number(contactId?.slice(2)) % 2 === 0 ? 500 : 200,
  }));
  const id = await sendMailing(host, contacts(60));
  expect(await until(host, id, isIn('active', 'stopped'))).toMatchObject({
    state: 'active',
    sent: 30,
    failed: 30,
  });
});
