import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { genericHttpSettings } from '@finaz-telephony/testing';
import { silentLogger } from '../../src/logger.ts';
import { openStore } from '../../src/store/open-store.ts';
import { jsonOf } from '../support/json.ts';
import { contacts, isIn, mailing, RejectsShape, sendMailing, until } from '../support/mailings.ts';
import { startTestHost, tenantDocument, type TestHost } from '../support/test-host.ts';

// How long a telephone system without an answer is left alone is not what is tested.
vi.mock('../../src/mailings/load/leave-alone.ts', () => ({ leaveAlone: async () => undefined }));

let host: TestHost;
beforeAll(async () => {
  host = await startTestHost();
  await withFile({ repeatable: true });
});
afterAll(() => host.stop());
beforeEach(() => host.vendor.faults.clear());

const byRequest = () =>
  save(genericHttpSettings(host.vendor.url, '${secret:vendorToken}').contactLoad);

const withFile = ({ repeatable }: { readonly repeatable: boolean }) =>
  save({
    unit: 'file',
    repeatable,
    request: { method: 'POST', url: '/queues/{{ queue }}/contacts.csv' },
    file: { line: 'ID;CPF;DDD1Telefone1' },
  });

async function save(contactLoad: unknown): Promise<void> {
  const document = tenantDocument(host.vendor.url);
  const settings = genericHttpSettings(host.vendor.url, '${secret:vendorToken}');
  const dialer = { ...document.connections.dialer, settings: { ...settings, contactLoad } };
  const saved = await host.tenant('?check=skip', {
    method: 'PUT',
    json: { ...document, connections: { dialer: { ...dialer, limits: { timeout: 5 } } } },
  });
  expect(saved.status).toBeLessThan(300);
}

const loaded = (queue: string) => [...host.vendor.telephony.contactsOf(queue).keys()];
const retry = (id: string) => host.tenant(`/mailings/${id}/retry`, { method: 'POST' });
const settle = (id: string, as: string, contactIds?: readonly string[]) =>
  host.tenant(`/mailings/${id}/settle`, { json: { as, ...(contactIds && { contactIds }) } });
const requestsTo = (method: string, path: string) =>
  host.vendor.requests.filter((request) => request.method === method && request.path === path)
    .length;

/** Follows a mailing until its load has stopped. */
const untilStopped = (id: string) =>
  expect.poll(async () => mailing(host, id)).toMatchObject({ state: 'stopped' });

describe('a mailing that is loaded by file', () => {
  it('is sent again after another clear if the answer to its file was lost', async () => {
    host.vendor.faults.next('contactFile', { kind: 'resetBeforeAnswer' }, 1);
    const id = await sendMailing(host, contacts(5), '40');
    expect(await until(host, id, isIn('active'))).toMatchObject({ sent: 5, inDoubt: 0 });
    expect(loaded('40')).toHaveLength(5);
  });

  it('fills the only number column of its file with a number that may be dialed, not with an invalid or a do-not-call number', async () => {
    await host.tenant('/do-not-call', { method: 'PUT', json: { numbers: ['41977776666'] } });
    const phones = ['12', '41977776666', '41966665555', '41955554444'].map((number) => ({
      number,
    }));
    const id = await sendMailing(host, [{ contactId: 'c-1', phones }], '43');
    await until(host, id, isIn('active'));
    expect(host.vendor.telephony.contactsOf('43').get('c-1')?.phones).toEqual(['41966665555']);
    const list = await host.tenant(`/mailings/${id}/rejects`);
    const { rejects } = await jsonOf(list, RejectsShape);
    expect(rejects.map(({ reason, message }) => [reason, message.slice(0, 8)])).toEqual([
      ['invalid_phone', 'phone 1 '],
      ['do_not_call', 'phone 2:'],
      ['too_many_phones', 'phone 4 '],
    ]);
  });

  it('counts contacts as missing if the vendor refuses ids that were not sent', async () => {
    await save({
      unit: 'file',
      request: { method: 'POST', url: '/queues/{{ queue }}/contacts.csv' },
      file: { line: 'ID;CPF;DDD1Telefone1' },
      rejected: { rows: '["c-1", "0c-2", ""]', contactId: '{{ row }}' },
    });
    const id = await sendMailing(host, contacts(5), '61');
    const done = await until(host, id, isIn('active'));
    await withFile({ repeatable: true });
    expect(done).toMatchObject({ sent: 4, failed: 1, taken: 2, missing: 2 });
  });

  it('counts a contact as failed only if each of its lines was refused, in a file with a line for each phone', async () => {
    await save({
      unit: 'file',
      request: { method: 'POST', url: '/queues/{{ queue }}/contacts.csv' },
      file: { columns: [{ value: '{{ contactId }}' }, { value: '{{ national }}' }], per: 'phone' },
      rejected: { rows: '["c-1", "c-2", "c-2"]', contactId: '{{ row }}' },
    });
    const two = ['41966665555', '41955554444'].map((number) => ({ number }));
    const given = ['c-1', 'c-2', 'c-3'].map((contactId) => ({ contactId, phones: two }));
    const id = await sendMailing(host, given, '60');
    const done = await until(host, id, isIn('active'));
    await withFile({ repeatable: true });
    expect(done).toMatchObject({ sent: 2, failed: 1, missing: 0 });
  });

  it('sends no file at a retry if nothing is left to send', async () => {
    const id = await sendMailing(host, contacts(2), '41');
    await until(host, id, isIn('active'));
    expect((await retry(id)).status).toBe(202);
    expect(await mailing(host, id)).toMatchObject({ state: 'active', sent: 2 });
    expect(requestsTo('POST', '/queues/41/contacts.csv')).toBe(1);
  });

  it('never clears away contacts that one of its earlier files has brought', async () => {
    await withFile({ repeatable: false });
    host.vendor.faults.next('contactFile', { kind: 'resetBeforeAnswer' }, 1);
    const id = await sendMailing(host, contacts(5), '42');
    await untilStopped(id);
    await settle(id, 'sent', ['c-1']);
    await settle(id, 'pending');
    await withFile({ repeatable: true });
    host.vendor.faults.next('contactFile', { kind: 'resetBeforeAnswer' }, 1);
    await retry(id);
    await expect.poll(async () => mailing(host, id)).toMatchObject({ sent: 1, inDoubt: 4 });
    await untilStopped(id);
    expect(requestsTo('DELETE', '/queues/42/contacts')).toBe(1);
    expect(loaded('42')).toContain('c-1');
    await settle(id, 'sent');
    await retry(id);
    expect(await until(host, id, isIn('active'))).toMatchObject({ sent: 5, pending: 0 });
    expect(requestsTo('POST', '/queues/42/contacts.csv')).toBe(2);
  });
});

it('deactivating a mailing whose file got no answer fetches its results, even if the queue could not be cleared of the file', async () => {
  await withFile({ repeatable: true });
  host.vendor.faults.next('contactFile', { kind: 'resetBeforeAnswer' }, 1);
  const id = await sendMailing(host, contacts(3), '46');
  await expect.poll(() => requestsTo('POST', '/queues/46/contacts.csv')).toBe(1);
  host.vendor.faults.next('contactClear', { kind: 'status', status: 401 }, 1);
  await until(host, id, isIn('stopped'));
  await host.vendor.dial('46');
  await host.tenant(`/mailings/${id}/deactivate`, { method: 'POST' });
  await until(host, id, isIn('finished'));
  const summary = await host.tenant(`/mailings/${id}/results/summary`);
  expect(await summary.json()).toMatchObject({ state: 'complete', attempts: 3 });
});

/** Writes what a host leaves behind that dies in the middle of a load. */
async function dieIn(
  id: string,
  left: { readonly step: 'send' | 'settle'; readonly state: 'pending' | 'sending' },
): Promise<void> {
  const { dataDir, databaseUrl } = host;
  const store = await openStore({ dataDir, databaseUrl, logger: silentLogger });
  try {
    await store.db.transaction().execute(async (transaction) => {
      const { ref, total } = await transaction
        .updateTable('mailings')
        .set((column) => ({
          state: 'loading',
          step: left.step,
          settled_at: null,
          file_at: left.step === 'settle' ? column.ref('cleared_at') : null,
          activated_at: null,
          sent: 0,
          [left.state]: column.ref('total'),
        }))
        .where('id', '=', id)
        .returning(['ref', 'total'])
        .executeTakeFirstOrThrow();
      const { numUpdatedRows } = await transaction
        .updateTable('mailing_contacts')
        .set({ state: left.state })
        .where('mailing', '=', ref)
        .executeTakeFirst();
      expect(Number(numUpdatedRows)).toBe(total);
    });
  } finally {
    await store.close();
  }
}

describe('a mailing whose host died while its company switched between loading by file and by request', () => {
  it('is not sent by request if its file was answered', async () => {
    await withFile({ repeatable: true });
    const id = await sendMailing(host, contacts(5), '44');
    await until(host, id, isIn('active'));
    await byRequest();
    await dieIn(id, { step: 'settle', state: 'pending' });
    expect(await until(host, id, isIn('active'))).toMatchObject({ sent: 5, pending: 0 });
    expect(requestsTo('POST', '/queues/44/contacts')).toBe(0);
  });

  it('is not sent by file if its contacts were being sent by request', async () => {
    await byRequest();
    const id = await sendMailing(host, contacts(5), '45');
    await until(host, id, isIn('active'));
    await withFile({ repeatable: true });
    await dieIn(id, { step: 'send', state: 'sending' });
    expect(await until(host, id, isIn('active'))).toMatchObject({ inDoubt: 5, pending: 0 });
    expect(requestsTo('POST', '/queues/45/contacts.csv')).toBe(0);
  });
});
