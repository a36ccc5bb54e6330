// A company is deleted while its mailings are on their way: nothing more of them is sent, nothing is left, and a company of the same name begins anew.
import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, expect, it, onTestFinished, vi } from 'vitest';
import { silentLogger } from '../../src/logger.ts';
import { pageSize } from '../../src/mailings/ledger/contact-pages.ts';
import { openStore } from '../../src/store/open-store.ts';
import { createVault } from '../../src/store/vault.ts';
import { recordsOf } from '../support/records.ts';
import { contacts, isIn, mailing, sendMailing, until } from '../support/mailings.ts';
import { nothingStored, storedOf } from '../support/stored-mailings.ts';
import { adminKey, startTestHost, tenantDocument, type TestHost } from '../support/test-host.ts';

let host: TestHost;
beforeEach(async () => {
  host = await startTestHost();
});
afterEach(async () => {
  await host.stop();
  vi.restoreAllMocks();
});

const logged = (words: string) => host.logged.filter((line) => line.includes(words)).length;
const remove = () => host.tenant('', { method: 'DELETE' });

async function makeAnew(): Promise<void> {
  await host.tenant('/secrets/vendorToken', { method: 'PUT', json: { value: host.vendor.token } });
  const saved = await host.tenant('', { method: 'PUT', json: tenantDocument(host.vendor.url) });
  expect(saved.status).toBe(201);
}

it('deleting a company stops its loads, removes its mailings, and leaves its queues free for a new company of the same id', async () => {
  host.vendor.faults.next('contactLoad', { kind: 'slow', ms: 100 });
  const loading = await sendMailing(host, contacts(2000));
  await sendMailing(host, contacts(3));
  await until(host, loading, ({ sent }) => sent > 20);
  expect((await remove()).status).toBe(204);

  await expect.poll(() => logged('was taken away'), { timeout: 60_000 }).toBe(2);
  const sent = host.vendor.telephony.contactsOf('7').size;
  expect(sent).toBeLessThan(2000);
  expect(logged('a mailing was loaded')).toBe(0);
  expect(logged('it goes on where it was')).toBe(0);

  host.vendor.faults.clear();
  await makeAnew();
  expect(await (await host.tenant('/mailings')).json()).toEqual({ mailings: [], next: null });
  const id = await sendMailing(host, contacts(2, 9000));
  await until(host, id, isIn('active'));
  expect([...host.vendor.telephony.contactsOf('7').keys()]).toEqual(['c-9000', 'c-9001']);
  expect((await mailing(host, id)).sent).toBe(2);
});

it('deleting a company ends the progress streams of its mailings without logging a fault', async () => {
  const said = vi.spyOn(console, 'error');
  const id = await sendMailing(host, contacts(1));
  await until(host, id, isIn('active'));
  const stream = await host.tenant(`/mailings/${id}/progress`);
  expect((await remove()).status).toBe(204);
  expect(await stream.text()).toContain('"state":"active"');
  expect(said).not.toHaveBeenCalled();
});

it('a mailing that is stored just after its company was deleted is removed', async () => {
  const store = await openStore({ ...host, logger: silentLogger });
  const vault = createVault(store, [{ id: 'test', key: randomBytes(32) }]);
  const { intakes } = recordsOf(store, 'other', Date.now);
  try {
    const former = { id: '1042', cipher: await vault.cipher('2001') };
    expect((await remove()).status).toBe(204);
    await intakes.create(former, { id: 'm-1', queue: '7', parameters: {} });
    await intakes.received('m-1', { total: 0, rejected: 0, areaCodes: [] });
    await expect.poll(() => logged('was taken away'), { timeout: 60_000 }).toBe(1);
  } finally {
    await store.close();
  }
});

it('deleting a company refuses a mailing that is still being received, and keeps nothing of it', async () => {
  let end: () => void = () => undefined;
  const body = new ReadableStream({
    start(controller) {
      const line = (contact: object) => Buffer.from(`${JSON.stringify(contact)}\n`);
      for (const contact of contacts(500)) controller.enqueue(line(contact));
      end = () => controller.close();
    },
  });
  const sending = fetch(`${host.url}/v1/tenants/1042/mailings?queue=7`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${adminKey}`, 'Content-Type': 'application/x-ndjson' },
    body,
    duplex: 'half',
  });
  const store = await openStore({ ...host, logger: silentLogger });
  onTestFinished(store.close);
  // Contacts that do not fill a page are not stored yet.
  await expect.poll(() => storedOf(store, '7')).toMatchObject({ contacts: 2 * pageSize });
  expect((await remove()).status).toBe(204);
  end();
  expect((await sending).status).toBe(409);
  await expect.poll(() => storedOf(store, '7')).toEqual(nothingStored);
});
