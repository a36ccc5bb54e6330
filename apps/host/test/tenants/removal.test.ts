import { randomBytes } from 'node:crypto';
import * as v from 'valibot';
import { expect, test, vi } from 'vitest';
import { silentLogger } from '../../src/logger.ts';
import { sweepMailings } from '../../src/retention.ts';
import { createResultFetches } from '../../src/results/result-fetches.ts';
import { createDoNotCallStore } from '../../src/rules/do-not-call-store.ts';
import type { Store } from '../../src/store/store.ts';
import { createVault } from '../../src/store/vault.ts';
import { buildTenant } from '../../src/tenants/build-tenant.ts';
import { TenantDocumentSchema } from '../../src/tenants/tenant-document.ts';
import { createTenantStore } from '../../src/tenants/tenant-store.ts';
import { openTestStore } from '../support/host-place.ts';
import { noteLargest } from '../support/largest-write.ts';
import { recordsOf } from '../support/records.ts';
import { attemptRow, callRow, eventRow, exchangeRow } from '../support/rows.ts';
import { newCall } from '../support/new-call.ts';

const many = 2500;
const now = 1_800_000_000_000;

const document = v.parse(TenantDocumentSchema, {
  id: '1042',
  name: 'Anew',
  connections: {},
  features: {},
});

test('deleting a company with thousands of records, and the sweep after it, remove all of them, at most 1000 per statement', async () => {
  const { store, close } = await openTestStore();
  const { db } = store;
  const vault = createVault(store, [{ id: 'test', key: randomBytes(32) }]);
  const { noted, largest } = noteLargest(store, 'delete');
  const records = recordsOf(noted, 'this', () => now);
  const tenant = { id: '1042', cipher: await vault.cipher('1042') };
  const mailing = { id: 'm-1', queue: '7', parameters: {} };
  const warn = vi.fn<() => void>();
  try {
    const ref = await records.intakes.create(tenant, mailing);
    await createResultFetches(store, () => now).request(
      { id: 'm-1', ref, tenantId: '1042', connection: 'dialer' },
      { isFinal: false },
    );
    for (let start = 0; start < many; start += 500) {
      const places = Array.from({ length: 500 }, (_, index) => start + index + 1);
      await db
        .insertInto('exchanges')
        .values(places.map((n) => exchangeRow('1042', n, now)))
        .execute();
      await db
        .insertInto('events')
        .values(places.map((n) => eventRow('1042', n, now)))
        .execute();
      await db
        .insertInto('attempts')
        .values(places.map((n) => attemptRow(ref, n, now)))
        .execute();
      await db
        .insertInto('calls')
        .values(places.map((n) => callRow('1042', n, now)))
        .execute();
      const row = { tenant_id: '1042', sealed: '', created_at: now };
      await db
        .insertInto('do_not_call')
        .values(places.map((n) => ({ ...row, number_hash: `${n}`, author: 'test' })))
        .execute();
      const key = { ...row, fingerprint: '', status: 200, host_id: null, subject: null };
      await db
        .insertInto('idempotency_keys')
        .values(places.map((n) => ({ ...key, key: `${n}` })))
        .execute();
    }
    await createTenantStore(noted, vault, () => now).remove('1042');
    const house = {
      ...records,
      store: noted,
      logger: { ...silentLogger, warn },
      retentionDays: 90,
      now: () => now,
    };
    await sweepMailings(house, new AbortController().signal);
    expect(warn).not.toHaveBeenCalled();
    const tables = [
      'exchanges',
      'events',
      'attempts',
      'mailing_results',
      'mailings',
      'calls',
      'do_not_call',
      'idempotency_keys',
      'tenant_keys',
    ] as const;
    const left = await Promise.all(
      tables.map(
        async (table) => [table, await db.selectFrom(table).selectAll().execute()] as const,
      ),
    );
    expect(left).toEqual(tables.map((table) => [table, []]));
    expect(largest()).toBeLessThanOrEqual(1000);
  } finally {
    await close();
  }
});

test('records that requests still write after their company was deleted do not appear in a new company with the same id', async () => {
  const { store, close } = await openTestStore();
  const vault = createVault(store, [{ id: 'test', key: randomBytes(32) }]);
  const tenants = createTenantStore(store, vault, () => now);
  const { calls, events, intakes, mailings } = recordsOf(store, 'this', () => now);
  const doNotCall = createDoNotCallStore(store, () => now);
  const current = async () =>
    buildTenant({
      document,
      version: 1,
      adapters: new Map(),
      lookup: () => undefined,
      cipher: await vault.cipher('1042'),
    });
  try {
    await tenants.save(document, 'test');
    const former = await current();
    await tenants.remove('1042');
    await calls.begin(newCall(former));
    await events.append({
      tenant: former,
      source: 'server',
      connection: 'dialer',
      call: { callId: 'c-1', extension: '1001', number: '41999998888' },
    });
    await doNotCall.add(former, ['+5541999998888'], 'test');
    await intakes.create(former, { id: 'm-1', queue: '7', parameters: {} });
    await intakes.received('m-1', { total: 1, rejected: 0, areaCodes: ['41'] });
    const anew = await current();
    const [before, after] = [Date.now() - 60_000, Date.now() + 60_000];
    await store.db
      .insertInto('exchanges')
      .values([exchangeRow('1042', 1, before), exchangeRow('1042', 2, after)])
      .execute();
    await tenants.save(document, 'test');
    expect(await calls.list(anew, { limit: 10 })).toEqual([]);
    expect(await events.read(anew, 0, 10)).toEqual([]);
    expect((await doNotCall.page(anew, { after: '', limit: 10 })).entries).toEqual([]);
    expect(await mailings.list(anew, { limit: 10 })).toEqual([]);
    // The new company's own exchange stays: its credentials were tried before it was saved.
    const exchanges = await store.db.selectFrom('exchanges').select('id').execute();
    expect(exchanges).toEqual([{ id: '1042-2' }]);
  } finally {
    await close();
  }
});

test('a company that is created while the deletion of its id still runs keeps its own do-not-call list', async () => {
  const { store, close } = await openTestStore();
  const vault = createVault(store, [{ id: 'test', key: randomBytes(32) }]);
  const tenants = createTenantStore(store, vault, () => now);
  const doNotCall = createDoNotCallStore(store, () => now);
  const add = async (number: string) =>
    doNotCall.add({ id: '1042', cipher: await vault.cipher('1042') }, [number], 'test');
  const overtaken: Store = {
    ...store,
    async change(channel, payload, work) {
      const removed = await store.change(channel, payload, work);
      await tenants.save(document, 'test');
      await add('+5541999997777');
      return removed;
    },
  };
  try {
    await tenants.save(document, 'test');
    await add('+5541999998888');
    await createTenantStore(overtaken, vault, () => now).remove('1042');
    const list = await doNotCall.page(
      { id: '1042', cipher: await vault.cipher('1042') },
      { after: '', limit: 10 },
    );
    expect(list.entries.map(({ number }) => number)).toEqual(['+5541999997777']);
  } finally {
    await close();
  }
});
