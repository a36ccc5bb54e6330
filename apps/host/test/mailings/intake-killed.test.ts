// The CRM sends a mailing with an Idempotency-Key, the host is killed, the CRM sends it again: one mailing, whole, as soon as it is known that the host is dead.
import { setTimeout as pause } from 'node:timers/promises';
import { startVendorServer, type VendorServer } from '@finaz-telephony/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import * as v from 'valibot';
import { silentLogger } from '../../src/logger.ts';
import { ShownMailingSchema } from '../../src/mailings/show-mailing.ts';
import { openStore } from '../../src/store/open-store.ts';
import type { Store } from '../../src/store/store.ts';
import { startHostProcess } from '../support/cli-process.ts';
import { jsonOf, ProblemShape } from '../support/json.ts';
import { contacts, TakenShape } from '../support/mailings.ts';
import { createHostPlace, type HostPlace } from '../support/host-place.ts';
import { adminKey, tenantDocument } from '../support/test-host.ts';

const count = 1500;
/** Rows of the intake's first commit. */
const firstCommit = 1000;
const ListShape = v.object({ mailings: v.array(ShownMailingSchema) });

let place: HostPlace;
let vendor: VendorServer;
let variables: Readonly<Record<string, string>>;
let host: Awaited<ReturnType<typeof startHostProcess>>;

beforeEach(async () => {
  place = await createHostPlace();
  vendor = await startVendorServer();
  variables = { ...place.variables, ADMIN_KEY: adminKey, DRAIN_SECONDS: '0' };
  host = await startHostProcess(variables);
  const document = tenantDocument(vendor.url);
  await ask('/secrets/vendorToken', 'PUT', { value: vendor.token });
  const dialer = { ...document.connections.dialer, limits: { timeout: 10 } };
  const saved = await ask('?check=skip', 'PUT', { ...document, connections: { dialer } });
  if (saved.status !== 201) throw new Error(await saved.text());
});
afterEach(async () => {
  await host.signal('SIGTERM');
  await vendor.close();
  await place.remove();
});

const headers = { Authorization: `Bearer ${adminKey}` };

const ask = (path: string, method = 'GET', json?: unknown) =>
  fetch(`${host.url}/v1/tenants/1042${path}`, {
    method,
    headers: { ...headers, 'Content-Type': 'application/json' },
    ...(json !== undefined && { body: JSON.stringify(json) }),
  });

/** Streams the contacts; the last 300 only after `until`. */
function send(until?: Promise<unknown>): Promise<Response> {
  const lines = contacts(count).map((contact) => `${JSON.stringify(contact)}\n`);
  async function* body() {
    yield Buffer.from(lines.slice(0, firstCommit + 200).join(''));
    await until;
    yield Buffer.from(lines.slice(firstCommit + 200).join(''));
  }
  return fetch(`${host.url}/v1/tenants/1042/mailings?queue=7`, {
    method: 'POST',
    headers: { ...headers, 'Content-Type': 'application/x-ndjson', 'Idempotency-Key': 'carteira' },
    body: ReadableStream.from(body()),
    duplex: 'half',
  });
}

async function withStore<Result>(work: (db: Store['db']) => Promise<Result>): Promise<Result> {
  const store = await openStore({
    dataDir: place.dataDir,
    databaseUrl: place.databaseUrl,
    logger: silentLogger,
  });
  try {
    return await work(store.db);
  } finally {
    await store.close();
  }
}

const contactsStored = () =>
  withStore(async (db) => {
    const { many } = await db
      .selectFrom('mailing_contacts')
      .select((row) => row.fn.countAll<number>().as('many'))
      .executeTakeFirstOrThrow();
    return many;
  });

/** Writes what a host leaves behind that dies between its last write and its answer. */
const loseAnswer = (key: string) =>
  withStore((db) =>
    db
      .updateTable('idempotency_keys')
      .set({ status: null, sealed: null, host_id: 'a dead one', created_at: 0 })
      .where('key', '=', key)
      .execute(),
  );

describe('a request sent again with its Idempotency-Key after the host died', () => {
  it('takes the whole mailing, once, even if a part of it was stored before', async () => {
    const never = new Promise(() => undefined);
    const first = send(never).catch(() => undefined);
    await expect.poll(contactsStored, { timeout: 60_000 }).toBeGreaterThanOrEqual(firstCommit);
    await host.signal('SIGKILL');
    await first;
    host = await startHostProcess(variables);

    let response = await send();
    // On a database that hosts share the lease of the dead one runs out first.
    for (let tries = 0; response.status === 409 && tries < 60; tries += 1) {
      expect(variables['DATABASE_URL']).toBeDefined();
      expect(await jsonOf(response, ProblemShape)).toMatchObject({ code: 'idempotency_conflict' });
      await pause(1000);
      response = await send();
    }
    expect(response.status).toBe(202);
    const { mailingId, total } = await jsonOf(response, TakenShape);
    expect(total).toBe(count);

    const again = await send();
    expect(again.headers.get('Idempotent-Replayed')).toBe('true');
    expect((await jsonOf(again, TakenShape)).mailingId).toBe(mailingId);
    await expect
      .poll(async () => (await jsonOf(await ask('/mailings'), ListShape)).mailings, {
        timeout: 60_000,
      })
      .toMatchObject([{ mailingId, state: 'active', sent: count }]);
    expect(vendor.telephony.contactsOf('7').size).toBe(count);
    expect(await contactsStored()).toBe(count);
  }, 180_000);

  it('gets the same mailing if only the answer was lost', async () => {
    const { mailingId } = await jsonOf(await send(), TakenShape);
    await loseAnswer('carteira');
    const again = await send();
    expect(again.status).toBe(202);
    expect(await jsonOf(again, TakenShape)).toMatchObject({ mailingId, total: count });
    expect((await jsonOf(await ask('/mailings'), ListShape)).mailings).toHaveLength(1);
  });

  it('does not place a call a second time, but answers 409', async () => {
    const call = () =>
      fetch(`${host.url}/v1/tenants/1042/calls`, {
        method: 'POST',
        headers: { ...headers, 'Content-Type': 'application/json', 'Idempotency-Key': 'call' },
        body: JSON.stringify({ queue: '7', extension: '1', areaCode: '41', number: '999998888' }),
      });
    await call();
    const rung = vendor.requests.length;
    await loseAnswer('call');
    const again = await call();
    expect(again.status).toBe(409);
    expect(await jsonOf(again, ProblemShape)).toMatchObject({
      hint: 'Look at GET /v1/tenants/1042/calls.',
    });
    expect(vendor.requests).toHaveLength(rung);
  });
});
