import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import * as v from 'valibot';
import { genericHttpSettings } from '@finaz-telephony/testing';
import { jsonOf, ProblemShape } from '../support/json.ts';
import {
  contacts,
  ContactsShape,
  isIn,
  mailing,
  sendMailing,
  TakenShape,
  until,
} from '../support/mailings.ts';
import { openSse } from '../support/sse.ts';
import { adminKey, startTestHost, tenantDocument, type TestHost } from '../support/test-host.ts';

const ExchangesShape = v.object({
  exchanges: v.array(
    v.looseObject({
      feature: v.string(),
      attemptId: v.nullable(v.string()),
      request: v.object({ body: v.string() }),
    }),
  ),
});

let host: TestHost;
beforeAll(async () => {
  host = await startTestHost();
  await withLoad({});
});
afterAll(() => host.stop());
beforeEach(() => {
  host.vendor.faults.clear();
  host.vendor.telephony.queues.clear();
});

const loaded = (queue: string) => [...host.vendor.telephony.contactsOf(queue).keys()];

/** Saves the tenant with other settings of its contact load. A short timeout is for tests in which it should run out: a busy machine needs more. */
async function withLoad(change: Record<string, unknown>, timeout = 5): Promise<void> {
  const document = tenantDocument(host.vendor.url);
  const settings = genericHttpSettings(host.vendor.url, '${secret:vendorToken}');
  const contactLoad = { ...settings.contactLoad, ...change };
  const dialer = {
    ...document.connections.dialer,
    settings: { ...settings, contactLoad },
    limits: { timeout },
  };
  const saved = await host.tenant('?check=skip', {
    method: 'PUT',
    json: { ...document, connections: { dialer } },
  });
  expect(saved.status).toBeLessThan(300);
}

describe('a mailing', () => {
  it('replaces the mailing before it in the queue, is loaded whole, and becomes active', async () => {
    const old = await sendMailing(host, contacts(3, 500));
    await until(host, old, isIn('active'));
    const id = await sendMailing(host, contacts(120));
    const done = await until(host, id, isIn('active'));
    expect(done).toMatchObject({ total: 120, sent: 120, pending: 0, sending: 0, failed: 0 });
    expect(loaded('7')).toHaveLength(120);
    expect(loaded('7')).not.toContain('c-500');
    expect(host.vendor.telephony.contactsOf('7').get('c-1')).toMatchObject({
      name: 'Maria da Silva',
      cpf: '52998224725',
      phones: ['41988000002'],
    });
    expect((await mailing(host, old)).replacedAt).not.toBeNull();
  });

  it("can be watched until the watcher's key is revoked", async () => {
    const made = await jsonOf(
      await host.ask('/v1/keys', { json: { tenantId: '1042', label: 'watcher' } }),
      v.looseObject({ id: v.string(), key: v.string() }),
    );
    const id = await sendMailing(host, contacts(1));
    await until(host, id, isIn('active'));
    const address = `${host.url}/v1/tenants/1042/mailings/${id}/progress`;
    const [own, other] = [await openSse(address, made.key), await openSse(address, adminKey)];
    expect(JSON.parse((await own.next()).data)).toMatchObject({ state: 'active' });
    await other.next();
    await host.ask(`/v1/keys/${made.id}`, { method: 'DELETE' });
    await expect(own.next()).rejects.toThrow('the stream ended');
    await host.tenant(`/mailings/${id}/deactivate`, { method: 'POST' });
    expect(JSON.parse((await other.next()).data)).not.toMatchObject({ state: 'active' });
    other.close();
  });

  it('is answered with 202, its counts and its address', async () => {
    const response = await host.tenant('/mailings?queue=9', { json: contacts(2) });
    expect(response.status).toBe(202);
    const taken = await jsonOf(response, TakenShape);
    expect(taken).toMatchObject({ total: 2, rejected: 0, state: 'waiting' });
    expect(response.headers.get('location')).toBe(`/v1/tenants/1042/mailings/${taken.mailingId}`);
    await until(host, taken.mailingId, isIn('active'));
  });

  it('is taken once if it is sent twice with the same Idempotency-Key', async () => {
    const send = () =>
      host.tenant('/mailings?queue=10', {
        json: contacts(2),
        headers: { 'Idempotency-Key': 'mailing-1' },
      });
    const first = await jsonOf(await send(), TakenShape);
    const again = await send();
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    expect((await jsonOf(again, TakenShape)).mailingId).toBe(first.mailingId);
    await until(host, first.mailingId, isIn('active'));
  });

  it('has the unnamed contacts of a batch in doubt if the vendor also refuses an id that was not sent', async () => {
    await withLoad({
      unit: 'batch',
      size: 3,
      request: {
        method: 'POST',
        url: '/queues/{{ queue }}/contacts.csv',
        headers: { 'Content-Type': 'text/csv' },
        body: { text: 'ID;CPF;DDD1Telefone1' },
      },
      rejected: { rows: '["c-1", "0c-4"]', contactId: '{{ row }}' },
    });
    const id = await sendMailing(host, contacts(3), '12');
    const done = await until(host, id, isIn('active'));
    await withLoad({});
    expect(done).toMatchObject({ sent: 0, failed: 1, inDoubt: 2 });
    const doubtful = await jsonOf(
      await host.tenant(`/mailings/${id}/contacts?state=in_doubt`),
      ContactsShape,
    );
    expect(doubtful.contacts.map(({ vendor }) => vendor)).toMatchObject([
      { code: 'unreadable_response' },
      { code: 'unreadable_response' },
    ]);
  });

  it("keeps the vendor's words about a refused contact, loads the others, and sends the refused contact again at a retry", async () => {
    host.vendor.faults.next('contactLoad', { kind: 'status', status: 422 }, 1);
    const id = await sendMailing(host, contacts(5), '11');
    const done = await until(host, id, isIn('active'));
    expect(done).toMatchObject({ sent: 4, failed: 1 });
    const failed = await jsonOf(
      await host.tenant(`/mailings/${id}/contacts?state=failed`),
      ContactsShape,
    );
    expect(failed.contacts).toHaveLength(1);
    expect(failed.contacts[0]?.vendor).toMatchObject({ code: 'refused', vendor: { status: 422 } });
    await host.tenant(`/mailings/${id}/retry`, { method: 'POST' });
    expect(await until(host, id, ({ sent }) => sent === 5)).toMatchObject({ failed: 0 });
    expect(loaded('11')).toHaveLength(5);
  });

  it('is not loaded if its queue cannot be cleared, and says so', async () => {
    host.vendor.faults.next('contactClear', { kind: 'status', status: 401 });
    const id = await sendMailing(host, contacts(2), '12');
    const stopped = await until(host, id, isIn('stopped'));
    expect(stopped.error).toMatchObject({ code: 'auth_failed' });
    expect(stopped.error?.message).toContain('could not be cleared, so nothing was loaded');
    expect(loaded('12')).toHaveLength(0);
    host.vendor.faults.clear();
    await host.tenant(`/mailings/${id}/retry`, { method: 'POST' });
    await until(host, id, isIn('active'));
    expect(loaded('12')).toHaveLength(2);
  });

  it('stops with all its contacts pending if the vendor does not accept the credentials', async () => {
    host.vendor.faults.next('contactLoad', { kind: 'status', status: 401 });
    const id = await sendMailing(host, contacts(300), '13');
    const stopped = await until(host, id, isIn('stopped'));
    expect(stopped).toMatchObject({ sent: 0, failed: 0, pending: 300, sending: 0 });
    expect(stopped.error).toMatchObject({ code: 'auth_failed' });
  });

  it('is loaded whole after the vendor has answered 429 with a time to wait', async () => {
    host.vendor.faults.next('contactLoad', { kind: 'status', status: 429, retryAfter: '1' }, 3);
    const id = await sendMailing(host, contacts(50), '14');
    const done = await until(host, id, isIn('active'));
    expect(done).toMatchObject({ sent: 50, failed: 0, inDoubt: 0 });
    expect(loaded('14')).toHaveLength(50);
  });

  it('loses no contact if the vendor answers 429 many times and wants contacts again at once', async () => {
    await withLoad({ repeatable: false });
    host.vendor.faults.next('contactLoad', { kind: 'status', status: 429, retryAfter: '0' }, 60);
    const id = await sendMailing(host, contacts(120), '14');
    expect(await until(host, id, isIn('active'))).toMatchObject({
      sent: 120,
      pending: 0,
      inDoubt: 0,
    });
    expect(loaded('14')).toHaveLength(120);
    await withLoad({});
  });

  it('waits while another mailing is loaded into its queue', async () => {
    host.vendor.faults.next('contactLoad', { kind: 'slow', ms: 300 }, 40);
    const first = await sendMailing(host, contacts(40), '15');
    await until(host, first, isIn('loading'));
    const second = await sendMailing(host, contacts(5, 900), '15');
    await until(host, second, isIn('active'));
    expect(loaded('15').toSorted()).toEqual(contacts(5, 900).map(({ contactId }) => contactId));
    expect(await mailing(host, first)).toMatchObject({ state: 'active', sent: 40 });
  });

  it('stops and leaves its queue to the mailing before it if the company has switched contactLoad off', async () => {
    // Longer than a busy machine takes for the three requests beside it.
    host.vendor.faults.next('contactClear', { kind: 'slow', ms: 5000 }, 1);
    const first = await sendMailing(host, contacts(1), '16');
    await until(host, first, isIn('loading'));
    const second = await sendMailing(host, contacts(1), '16');
    const { contactLoad: _, ...features } = tenantDocument(host.vendor.url).features;
    await host.tenant('?check=skip', {
      method: 'PUT',
      json: { ...tenantDocument(host.vendor.url), features },
    });
    const stopped = await until(host, second, isIn('stopped'));
    expect(stopped.error).toMatchObject({ code: 'feature_off' });
    expect((await mailing(host, first)).replacedAt).toBeNull();
    await withLoad({});
    // Otherwise its contact would meet the faults of a later test.
    await until(host, first, isIn('active'));
  });
});

describe('the exchange that loads a contact', () => {
  it('is found by the contact id, and by the first number of the contact', async () => {
    const id = await sendMailing(host, contacts(3, 700), '17');
    await until(host, id, isIn('active'));
    const found = async (query: string) =>
      (await jsonOf(await host.tenant(`/exchanges?${query}`), ExchangesShape)).exchanges;
    const ofContact = await found('contactId=c-701');
    expect(ofContact).toMatchObject([{ feature: 'contactLoad', attemptId: id }]);
    expect(ofContact[0]?.request.body).toContain('c-701');
    expect(await found('phone=41988000702')).toEqual(ofContact);
  });
});

describe('a contact whose answer is lost', () => {
  it('is sent again if the vendor keeps one entry per contact', async () => {
    await withLoad({}, 0.4);
    host.vendor.faults.next('contactLoad', { kind: 'hang' }, 1);
    const id = await sendMailing(host, contacts(8), '20');
    expect(await until(host, id, isIn('active'))).toMatchObject({ sent: 8, inDoubt: 0 });
    expect(loaded('20')).toHaveLength(8);
  });

  it('is in doubt if the vendor would keep a second entry, and is sent again only after a person settles it as pending', async () => {
    await withLoad({ repeatable: false }, 0.4);
    host.vendor.faults.next('contactLoad', { kind: 'hang' }, 1);
    const id = await sendMailing(host, contacts(8), '21');
    expect(await until(host, id, isIn('active'))).toMatchObject({ sent: 7, inDoubt: 1 });
    const { contacts: doubts } = await jsonOf(
      await host.tenant(`/mailings/${id}/contacts?state=in_doubt`),
      ContactsShape,
    );
    expect(doubts).toHaveLength(1);
    const settled = await host.tenant(`/mailings/${id}/settle`, {
      json: { as: 'pending', contactIds: [doubts[0]?.contactId] },
    });
    expect(await settled.json()).toEqual({ settled: 1 });
    await host.tenant(`/mailings/${id}/retry`, { method: 'POST' });
    expect(await until(host, id, ({ sent }) => sent === 8)).toMatchObject({ inDoubt: 0 });
    await withLoad({});
  });

  it('counts as being at the vendor: a retry does not send it again, and deactivating its mailing fetches results', async () => {
    await withLoad({ repeatable: false }, 0.4);
    host.vendor.faults.next('contactLoad', { kind: 'hang' }, 1);
    const id = await sendMailing(host, contacts(1), '22');
    await until(host, id, isIn('active'));
    await host.tenant(`/mailings/${id}/retry`, { method: 'POST' });
    expect(await mailing(host, id)).toMatchObject({ state: 'active', inDoubt: 1 });
    expect(loaded('22')).toEqual(['c-1']);
    await host.tenant(`/mailings/${id}/deactivate`, { method: 'POST' });
    await until(host, id, isIn('finished'));
    expect(host.vendor.requests.map(({ path }) => path)).toContain('/queues/22/results');
    await withLoad({});
  });
});

describe('commands on mailings and queues', () => {
  it('pause, resume and cancel a load', async () => {
    host.vendor.faults.next('contactLoad', { kind: 'slow', ms: 50 });
    const id = await sendMailing(host, contacts(400), '30');
    await until(host, id, ({ sent }) => sent > 20);
    const paused = await host.tenant(`/mailings/${id}/pause`, { method: 'POST' });
    expect(paused.status).toBe(202);
    const still = await until(host, id, ({ sending }) => sending === 0);
    expect(still.state).toBe('paused');
    expect(still.sent).toBeLessThan(400);
    await host.tenant(`/mailings/${id}/resume`, { method: 'POST' });
    await until(host, id, ({ sent }) => sent > still.sent);
    await host.tenant(`/mailings/${id}/cancel`, { method: 'POST' });
    const cancelled = await until(host, id, isIn('cancelled'));
    expect(cancelled.sent).toBeLessThan(400);
    host.vendor.faults.clear();
  });

  it('accept deactivate again for a mailing that is finished', async () => {
    const id = await sendMailing(host, contacts(1), '33');
    await until(host, id, isIn('active'));
    const deactivate = () => host.tenant(`/mailings/${id}/deactivate`, { method: 'POST' });
    expect((await deactivate()).status).toBe(202);
    await until(host, id, isIn('finished'));
    const again = await deactivate();
    expect(again.status).toBe(202);
    expect(await again.json()).toEqual({ mailingId: id, state: 'finished' });
  });

  it('do not put a contact of a finished mailing back to pending: nobody would send it', async () => {
    await withLoad({ repeatable: false }, 0.4);
    host.vendor.faults.next('contactLoad', { kind: 'hang' }, 1);
    const id = await sendMailing(host, contacts(2), '34');
    await until(host, id, ({ inDoubt }) => inDoubt === 1);
    await host.tenant(`/mailings/${id}/deactivate`, { method: 'POST' });
    await until(host, id, isIn('finished'));
    const settle = (as: string) => host.tenant(`/mailings/${id}/settle`, { json: { as } });
    const refused = await settle('pending');
    expect(refused.status).toBe(409);
    expect((await jsonOf(refused, ProblemShape)).hint).toContain('new mailing');
    expect(await (await settle('failed')).json()).toEqual({ settled: 1 });
    await withLoad({});
  });

  it('say in which states a refused command is possible', async () => {
    const id = await sendMailing(host, contacts(1), '31');
    await until(host, id, isIn('active'));
    const response = await host.tenant(`/mailings/${id}/pause`, { method: 'POST' });
    expect(response.status).toBe(409);
    expect(await jsonOf(response, ProblemShape)).toMatchObject({
      code: 'conflict',
      detail: 'A mailing that is active cannot be paused.',
      hint: 'That is possible in these states: waiting, loading.',
    });
  });

  it('clear a queue by hand', async () => {
    const id = await sendMailing(host, contacts(4), '32');
    await until(host, id, isIn('active'));
    const response = await host.tenant('/queues/32/clear', { method: 'POST' });
    expect(await response.json()).toEqual({ status: 'cleared', cleared: 4 });
    expect(loaded('32')).toHaveLength(0);
  });

  it('hold back a load, and refuse a second clear, while a queue is being cleared by hand', async () => {
    host.vendor.faults.next('contactClear', { kind: 'slow', ms: 1500 }, 1);
    const before = host.vendor.requests.length;
    const clear = host.tenant('/queues/33/clear', { method: 'POST' });
    await expect.poll(() => host.vendor.requests.length).toBe(before + 1);
    const id = await sendMailing(host, contacts(4), '33');
    const held = await until(host, id, ({ error }) => error !== null);
    expect(held).toMatchObject({ state: 'waiting', error: { code: 'queue_busy' } });
    const another = await host.tenant('/queues/33/clear', { method: 'POST' });
    expect(another.status).toBeGreaterThanOrEqual(400);
    expect(await jsonOf(another, ProblemShape)).toMatchObject({ code: 'conflict' });
    expect((await clear).status).toBe(200);
    await until(host, id, isIn('active'));
    expect(loaded('33')).toHaveLength(4);
  });

  it('answer 404 for an unknown mailing', async () => {
    expect((await host.tenant('/mailings/nothing')).status).toBe(404);
  });
});

describe('a vendor that hangs', () => {
  it('ends the load long before every contact is in doubt', async () => {
    await withLoad({ repeatable: false }, 0.4);
    host.vendor.faults.next('contactLoad', { kind: 'hang' });
    const id = await sendMailing(host, contacts(200), '22');
    const stopped = await until(host, id, isIn('stopped'));
    // The last of the contacts sent at once may have been held back because the first got no answer: that is another code, for the same reason.
    expect(stopped.error?.message).toContain('did not answer within 0.4 s');
    expect(stopped.inDoubt).toBeLessThanOrEqual(64);
    expect(stopped.pending + stopped.inDoubt).toBe(200);
    host.vendor.faults.clear();
    await withLoad({});
  });
});
