// The rules of a company hold while a mailing waits and while it is loaded, not only when it is taken in.
import { genericHttpSettings } from '@finaz-telephony/testing';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { jsonOf } from '../support/json.ts';
import {
  contacts,
  ContactsShape,
  isIn,
  mailing,
  sendMailing,
  until,
  type TestContact,
} from '../support/mailings.ts';
import { startTestHost, tenantDocument, type TestHost } from '../support/test-host.ts';

const wait = { timeout: 30_000, interval: 50 };

let host: TestHost;
let at: number;
beforeEach(async () => {
  const startedAt = performance.now();
  // A Wednesday, shortly before eight in the evening in Curitiba.
  at = Date.parse('2026-11-25T19:50:00-03:00');
  vi.spyOn(Date, 'now').mockImplementation(() => Math.round(at + performance.now() - startedAt));
  host = await startTestHost();
});
afterEach(async () => {
  await host.stop();
  vi.restoreAllMocks();
});

/** Moves the clock of the host. */
function setClock(moment: string): void {
  at += Date.parse(moment) - Date.now();
}

async function withRules(rules: object, perSecond = 10_000, load: object = {}): Promise<void> {
  const document = tenantDocument(host.vendor.url);
  const settings = genericHttpSettings(host.vendor.url, '${secret:vendorToken}');
  const contactLoad = 'unit' in load ? load : settings.contactLoad;
  const limits = { timeout: 10, requestsPerSecond: perSecond };
  const dialer = { ...document.connections.dialer, settings: { ...settings, contactLoad }, limits };
  const saved = await host.tenant('?check=skip', {
    method: 'PUT',
    json: { ...document, connections: { dialer }, rules },
  });
  expect(saved.status).toBeLessThan(300);
}

const byFile = {
  unit: 'file',
  request: { method: 'POST', url: '/queues/{{ queue }}/contacts.csv' },
  file: { line: 'ID;CPF;DDD1Telefone1;DDD2Telefone2' },
};
const hours = (text: string) => ({ weekdays: text, saturday: text, sunday: text });
const clears = (queue: string) =>
  host.vendor.requests.filter(
    ({ method, path }) => method === 'DELETE' && path === `/queues/${queue}/contacts`,
  ).length;

describe('a mailing that waits', () => {
  it.each([
    ['by request', {}],
    ['by file', byFile],
  ])(
    'is loaded without the numbers added to the do-not-call list meanwhile: %s',
    async (_, load) => {
      await withRules({ callingHours: hours('08:00-19:00') }, 10_000, load);
      const [first, second, third] = contacts(3);
      const other = { areaCode: '41', number: '988887777' };
      const id = await sendMailing(host, [
        first,
        { ...second, phones: [...(second?.phones ?? []), other] },
        third,
      ]);
      await until(host, id, ({ heldUntil }) => heldUntil !== null);
      const numbers = [first, second].map((contact) => `41${contact?.phones[0]?.number}`);
      await host.tenant('/do-not-call', { method: 'PUT', json: { numbers } });

      setClock('2026-11-26T08:00:01-03:00');
      const loaded = await until(host, id, isIn('active'));
      expect(loaded).toMatchObject({ sent: 2, failed: 1 });
      const { contacts: failed } = await jsonOf(
        await host.tenant(`/mailings/${id}/contacts?state=failed`),
        ContactsShape,
      );
      expect(failed).toMatchObject([{ contactId: 'c-1', vendor: { code: 'do_not_call' } }]);
      const held = host.vendor.telephony.contactsOf('7');
      expect([...held.keys()]).toEqual(['c-2', 'c-3']);
      expect(held.get('c-2')?.phones.filter((phone) => phone !== '')).toEqual(['41988887777']);
    },
  );

  it('goes on at once when its company extends the calling hours', async () => {
    await withRules({ callingHours: hours('08:00-19:00') });
    const id = await sendMailing(host, contacts(3));
    await until(host, id, ({ heldUntil }) => heldUntil !== null);
    await withRules({ callingHours: hours('08:00-20:00') });
    expect(await until(host, id, isIn('active'))).toMatchObject({ sent: 3, error: null });
  });
});

describe('a mailing with contacts that may not be called', () => {
  const numbersOf = (some: readonly TestContact[]) =>
    some.flatMap(({ phones }) => phones.map(({ areaCode, number }) => `${areaCode}${number}`));
  const onTheList = (method: 'PUT' | 'DELETE', some: readonly TestContact[]) =>
    host.tenant('/do-not-call', { method, json: { numbers: numbersOf(some) } });
  const loads = () => host.vendor.requests.filter(({ path }) => path.startsWith('/queues/7/'));

  it.each([
    ['by request', {}],
    ['by file', byFile],
  ])(
    'sends nothing and keeps the mailing before it in the queue if no contact may be called, and is loaded by a retry once they may: %s',
    async (_, load) => {
      await withRules({}, 10_000, load);
      const before = await sendMailing(host, contacts(1, 900));
      await until(host, before, isIn('active'));
      await withRules({ callingHours: hours('08:00-19:00') }, 10_000, load);
      const id = await sendMailing(host, contacts(3));
      await until(host, id, ({ heldUntil }) => heldUntil !== null);
      await onTheList('PUT', contacts(3));
      const asked = loads().length;

      setClock('2026-11-26T08:00:01-03:00');
      const stopped = await until(host, id, isIn('stopped'));
      expect(stopped).toMatchObject({ failed: 3, error: { code: 'nothing_to_load' } });
      expect(loads()).toHaveLength(asked);
      expect([...host.vendor.telephony.contactsOf('7').keys()]).toEqual(['c-900']);
      expect(await mailing(host, before)).toMatchObject({ state: 'active', replacedAt: null });

      await onTheList('DELETE', contacts(3));
      await host.tenant(`/mailings/${id}/retry`, { method: 'POST' });
      expect(await until(host, id, isIn('active'))).toMatchObject({ sent: 3, error: null });
      expect(host.vendor.telephony.contactsOf('7').size).toBe(3);
    },
  );

  it('sends nothing if none of its rows was accepted', async () => {
    await withRules({});
    const id = await sendMailing(host, [{ contactId: '1', phones: [] }]);
    const stopped = await until(host, id, isIn('stopped'));
    expect(stopped).toMatchObject({ total: 0, rejected: 1, error: { code: 'nothing_to_load' } });
    expect(stopped.error?.hint).toContain('rejects');
    expect(loads()).toHaveLength(0);
  });

  it('sends no empty file if all its remaining contacts are on the do-not-call list', async () => {
    await withRules({}, 10_000, byFile);
    host.vendor.faults.next('contactFile', { kind: 'resetBeforeAnswer' }, 1);
    const id = await sendMailing(host, contacts(3));
    await until(host, id, isIn('stopped'));
    const settle = (json: object) => host.tenant(`/mailings/${id}/settle`, { json });
    await settle({ as: 'sent', contactIds: ['c-1'] });
    await settle({ as: 'pending' });
    await onTheList('PUT', contacts(2, 2));
    const asked = loads().length;

    await host.tenant(`/mailings/${id}/retry`, { method: 'POST' });
    expect(await until(host, id, isIn('active'))).toMatchObject({ sent: 1, failed: 2 });
    expect(loads()).toHaveLength(asked);
  });

  it('sends nothing after its clear if all its contacts are added to the do-not-call list meanwhile', async () => {
    await withRules({}, 10_000, byFile);
    host.vendor.faults.next('contactClear', { kind: 'slow', ms: 300 }, 1);
    const id = await sendMailing(host, contacts(3));
    await expect.poll(() => loads().length).toBe(1);
    await onTheList('PUT', contacts(3));
    const stopped = await until(host, id, isIn('stopped'));
    expect(stopped).toMatchObject({ failed: 3, error: { code: 'nothing_to_load' } });
    expect(stopped.error?.message).toContain('the queue is empty');
    expect(loads()).toHaveLength(1);
  });

  it.each([
    ['by request', {}],
    ['by file', byFile],
  ])(
    'is loaded without the contacts added to the do-not-call list right after its intake: %s',
    async (_, load) => {
      await withRules({}, 10_000, load);
      host.vendor.faults.next('contactClear', { kind: 'slow', ms: 300 }, 1);
      const id = await sendMailing(host, contacts(3));
      await onTheList('PUT', contacts(2));
      expect(await until(host, id, isIn('active'))).toMatchObject({ sent: 1, failed: 2 });
      expect([...host.vendor.telephony.contactsOf('7').keys()]).toEqual(['c-3']);
    },
  );
});

describe('a load whose company changes its document', () => {
  it('waits outside the new calling hours, and goes on where it was once they are lifted', async () => {
    await withRules({}, 40);
    const id = await sendMailing(host, contacts(300));
    await until(host, id, ({ sent }) => sent > 20);
    await withRules({ callingHours: hours('08:00-19:00') }, 40);
    await expect
      .poll(() => mailing(host, id), wait)
      .toMatchObject({ state: 'waiting', sending: 0, error: { code: 'calling_hours' } });
    expect((await mailing(host, id)).sent).toBeLessThan(300);
    await withRules({});
    expect(await until(host, id, isIn('active'))).toMatchObject({ sent: 300, failed: 0 });
    expect(clears('7')).toBe(1);
    expect(host.vendor.telephony.contactsOf('7').size).toBe(300);
  });
});

describe('a load that is slow', () => {
  it('leaves out a contact whose number is added to the do-not-call list after the contact was read', async () => {
    await withRules({}, 10);
    const id = await sendMailing(host, contacts(60));
    await until(host, id, ({ sent }) => sent > 0);
    const numbers = contacts(1, 60).map(({ phones }) => `41${phones[0]?.number}`);
    await host.tenant('/do-not-call', { method: 'PUT', json: { numbers } });
    expect(await until(host, id, isIn('active'))).toMatchObject({ sent: 59, failed: 1 });
    expect(host.vendor.telephony.contactsOf('7').has('c-60')).toBe(false);
  });
});

describe('a load that runs into the evening', () => {
  it('waits until the morning, and goes on where it was', async () => {
    await withRules({ callingHours: hours('08:00-20:00') }, 40);
    const id = await sendMailing(host, contacts(300));
    await until(host, id, ({ sent }) => sent > 20);
    setClock('2026-11-25T20:00:01-03:00');
    await expect
      .poll(() => mailing(host, id), wait)
      .toMatchObject({
        state: 'waiting',
        sending: 0,
        heldUntil: '2026-11-26T11:00:00.000Z',
        error: { code: 'calling_hours' },
      });
    const { sent } = await mailing(host, id);
    expect(sent).toBeLessThan(300);
    setClock('2026-11-26T07:59:00-03:00');
    expect((await mailing(host, id)).sent).toBe(sent);

    await withRules({ callingHours: hours('08:00-20:00') });
    setClock('2026-11-26T08:00:01-03:00');
    expect(await until(host, id, isIn('active'))).toMatchObject({ sent: 300, failed: 0 });
    expect(clears('7')).toBe(1);
    expect(host.vendor.telephony.contactsOf('7').size).toBe(300);
  });
});
