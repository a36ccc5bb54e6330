import { randomBytes } from 'node:crypto';
import { RawNode, type KyselyPlugin } from 'kysely';
import { expect, test } from 'vitest';
import { silentLogger } from '../../src/logger.ts';
import { createMailingIntakes } from '../../src/mailings/intake/mailing-intakes.ts';
import { forgetOld } from '../../src/retention.ts';
import { createResultFetches } from '../../src/results/result-fetches.ts';
import type { MailingTable } from '../../src/store/schema.ts';
import type { Store } from '../../src/store/store.ts';
import { createVault } from '../../src/store/vault.ts';
import { openTestStore } from '../support/host-place.ts';
import { noteLargest } from '../support/largest-write.ts';
import { recordsOf } from '../support/records.ts';
import { attemptRow, eventRow, exchangeRow } from '../support/rows.ts';
import { noteWholeReads } from '../support/whole-reads.ts';

const dayMs = 86_400_000;
const now = 1_800_000_000_000;
const old = now - 91 * dayMs;

const forget = (store: Store, signal = new AbortController().signal) =>
  forgetOld(
    {
      ...recordsOf(store, 'this', () => now),
      store,
      logger: silentLogger,
      retentionDays: 90,
      now: () => now,
    },
    signal,
  );

/** A mailing with one contact and one result. */
async function addMailing(
  store: Store,
  id: string,
  change: Partial<
    Pick<MailingTable, 'state' | 'updated_at' | 'replaced_at' | 'tenant_id' | 'in_queue_since'>
  >,
): Promise<void> {
  const vault = createVault(store, [{ id: 'test', key: randomBytes(32) }]);
  const tenant = { id: '1042', cipher: await vault.cipher(id) };
  const mailing = { id, queue: '7', parameters: {} };
  const ref = await createMailingIntakes(store, 'this', () => now).create(tenant, mailing);
  await store.db.updateTable('mailings').set(change).where('id', '=', id).execute();
  await store.db
    .insertInto('mailing_contacts')
    .values({
      mailing: ref,
      position: 1,
      contact_id: '7001',
      state: 'sent',
      sealed: '',
      vendor: null,
      updated_at: old,
    })
    .execute();
  await createResultFetches(store, () => old).request(
    { id, ref, tenantId: '1042', connection: 'dialer' },
    { isFinal: true },
  );
  await store.db
    .insertInto('attempts')
    .values(attemptRow(ref, 1, old))
    .execute();
  await store.db
    .insertInto('attempt_counts')
    .values({ mailing: ref, status: 1, matched_by: 'contact', count: 1 })
    .execute();
}

const addCompany = ({ db }: Store) =>
  db
    .insertInto('tenants')
    .values({ id: '1042', version: 1, document: '{}', created_at: old, updated_at: old })
    .execute();

const tablesOfAMailing = [
  'mailings',
  'mailing_contacts',
  'mailing_results',
  'attempts',
  'attempt_counts',
] as const;

async function rowsIn(store: Store): Promise<Record<string, number>> {
  const counts = await Promise.all(
    tablesOfAMailing.map(async (table) => {
      const rows = await store.db.selectFrom(table).selectAll().execute();
      return [table, rows.length] as const;
    }),
  );
  return Object.fromEntries(counts);
}

test('all mailings older than the retention are deleted at once with their results, except one that is still being dialed', async () => {
  const { store, close } = await openTestStore();
  try {
    await addCompany(store);
    for (let place = 0; place < 25; place += 1)
      await addMailing(store, `old-${place}`, { state: 'finished', updated_at: old });
    await addMailing(store, 'replaced', { state: 'active', updated_at: old, replaced_at: old });
    await addMailing(store, 'dialed', { state: 'active', updated_at: old });
    await addMailing(store, 'new', { state: 'finished', updated_at: now });
    await forget(store);
    expect(await rowsIn(store)).toEqual(
      Object.fromEntries(tablesOfAMailing.map((table) => [table, 2])),
    );
    const left = await store.db.selectFrom('mailings').select('id').orderBy('id').execute();
    expect(left.map(({ id }) => id)).toEqual(['dialed', 'new']);
  } finally {
    await close();
  }
});

test('a mailing that is still in a queue is kept, however it has ended, because the next clear has to know its contacts', async () => {
  const { store, close } = await openTestStore();
  try {
    await addCompany(store);
    const held = { updated_at: old, in_queue_since: old };
    for (const state of ['finished', 'cancelled', 'active', 'stopped'] as const) {
      const change = { state, ...held, replaced_at: old };
      await addMailing(store, state, change);
      await addMailing(store, `${state} of nobody`, { ...change, tenant_id: '7' });
    }
    await forget(store);
    expect(await rowsIn(store)).toEqual(
      Object.fromEntries(tablesOfAMailing.map((table) => [table, 4])),
    );
    const left = await store.db.selectFrom('mailings').select('id').orderBy('id').execute();
    expect(left.map(({ id }) => id)).toEqual(['active', 'cancelled', 'finished', 'stopped']);
    await store.db.updateTable('mailings').set({ in_queue_since: null }).execute();
    await forget(store);
    expect(await rowsIn(store)).toMatchObject({ mailings: 0, mailing_contacts: 0 });
  } finally {
    await close();
  }
});

test('a mailing in a queue that is never cleared is deleted after four times the retention', async () => {
  const { store, close } = await openTestStore();
  try {
    await addCompany(store);
    for (const days of [359, 361]) {
      const at = now - days * dayMs;
      await addMailing(store, `${days}`, { state: 'finished', updated_at: at, in_queue_since: at });
    }
    await forget(store);
    const left = await store.db.selectFrom('mailings').select('id').execute();
    expect(left).toEqual([{ id: '359' }]);
  } finally {
    await close();
  }
});

test('old mailings of a deleted company, which an earlier version left behind, are deleted in whatever state they are', async () => {
  const { store, close } = await openTestStore();
  try {
    await addCompany(store);
    for (const state of ['active', 'deactivating', 'paused', 'stopped'] as const) {
      await addMailing(store, `${state} of nobody`, { state, updated_at: old, tenant_id: '7' });
      await addMailing(store, state, { state, updated_at: old });
    }
    await forget(store);
    const left = await store.db.selectFrom('mailings').select('id').orderBy('id').execute();
    expect(left.map(({ id }) => id)).toEqual(['active', 'deactivating', 'paused', 'stopped']);
    const contacts = await store.db.selectFrom('mailing_contacts').selectAll().execute();
    expect(contacts).toHaveLength(4);
  } finally {
    await close();
  }
});

test('old rows of every company are deleted, even between newer rows, but no pending delivery; the exchanges are found without reading the whole table', async () => {
  const { store, close } = await openTestStore();
  const { db } = store;
  const ages = [...Array.from({ length: 2300 }, () => old), now, old, now];
  try {
    for (const tenant_id of ['a', 'b']) {
      const all = ages.map((at, index) => ({ at, n: index + 1 }));
      for (const rows of [all.slice(0, 1000), all.slice(1000, 2000), all.slice(2000)]) {
        await db
          .insertInto('events')
          .values(rows.map(({ at, n }) => eventRow(tenant_id, n, at)))
          .execute();
        await db
          .insertInto('event_keys')
          .values(
            rows.map(({ at, n }) => ({
              tenant_id,
              key: `k${n}`,
              event_id: `${n}`,
              created_at: at,
            })),
          )
          .execute();
        await db
          .insertInto('exchanges')
          .values(rows.map(({ at, n }) => exchangeRow(tenant_id, n, at)))
          .execute();
      }
      for (const [n, state] of (['pending', 'delivered'] as const).entries())
        await db
          .insertInto('webhook_deliveries')
          .values(delivery(tenant_id, n, state))
          .execute();
    }
    const { noted, wholeReads } = noteWholeReads(store);
    await forget(noted);
    expect(await wholeReads()).not.toContain('exchanges');
    const left = async (table: 'events' | 'event_keys' | 'exchanges') =>
      (await db.selectFrom(table).select('tenant_id').orderBy('tenant_id').execute())
        .map(({ tenant_id }) => tenant_id)
        .join('');
    expect(await left('events')).toBe('aabb');
    expect(await left('event_keys')).toBe('aabb');
    expect(await left('exchanges')).toBe('aabb');
    const deliveries = db.selectFrom('webhook_deliveries').select(['tenant_id', 'state']);
    expect(await deliveries.orderBy('tenant_id').execute()).toEqual([
      { tenant_id: 'a', state: 'pending' },
      { tenant_id: 'b', state: 'pending' },
    ]);
  } finally {
    await close();
  }
});

test('Idempotency-Keys older than a day are deleted in chunks, those of companies and those of the host', async () => {
  const { store, close } = await openTestStore();
  const { noted, largest } = noteLargest(store, 'delete');
  const keyOf = (tenant_id: string, key: string, created_at: number) => ({
    tenant_id,
    key,
    fingerprint: '',
    status: 200,
    sealed: '',
    created_at,
    host_id: null,
    subject: null,
  });
  try {
    for (const tenant of ['*', '1042'])
      for (let start = 0; start < 2500; start += 500)
        await store.db
          .insertInto('idempotency_keys')
          .values([
            ...Array.from({ length: 500 }, (_, n) =>
              keyOf(tenant, `old ${start + n}`, now - dayMs - 1),
            ),
            keyOf(tenant, `new ${start}`, now - dayMs),
          ])
          .execute();
    await forget(noted);
    const left = await store.db.selectFrom('idempotency_keys').select('key').execute();
    expect(left).toHaveLength(10);
    expect(left.every(({ key }) => key.startsWith('new'))).toBe(true);
    expect(largest()).toBeLessThanOrEqual(1000);
  } finally {
    await close();
  }
});

test('a host that is being stopped deletes one more chunk of old rows, not all of them', async () => {
  const { store, close } = await openTestStore();
  const { db } = store;
  const ending = new AbortController();
  const atFirstDelete: KyselyPlugin = {
    transformQuery({ node }) {
      if (RawNode.is(node) && node.sqlFragments[0]?.startsWith('delete')) ending.abort();
      return node;
    },
    transformResult: async ({ result }) => result,
  };
  try {
    for (const tenant of ['a', 'b']) {
      const places = Array.from({ length: 1500 }, (_, n) => n + 1);
      for (const some of [places.slice(0, 1000), places.slice(1000)]) {
        await db
          .insertInto('exchanges')
          .values(some.map((n) => exchangeRow(tenant, n, old)))
          .execute();
        await db
          .insertInto('events')
          .values(some.map((n) => eventRow(tenant, n, old)))
          .execute();
      }
    }
    await addMailing(store, 'old', { state: 'finished', updated_at: old });
    await forget({ ...store, db: db.withPlugin(atFirstDelete) }, ending.signal);
    const left = async (table: 'events' | 'exchanges' | 'mailings') =>
      (await db.selectFrom(table).select('id').execute()).length;
    // Each of these rows is in many indexes: deleting a thousand at a time would hold up the calls of others.
    expect(await left('exchanges')).toBe(2900);
    expect(await left('events')).toBe(3000);
    expect(await left('mailings')).toBe(1);
    await forget(store);
    for (const table of ['exchanges', 'events', 'mailings'] as const)
      expect(await left(table)).toBe(0);
  } finally {
    await close();
  }
});

const delivery = (tenant_id: string, n: number, state: 'pending' | 'delivered') => ({
  tenant_id,
  type: 'call.answered' as const,
  subject: `${n}`,
  state,
  attempts: 0,
  next_at: old,
  claimed_by: null,
  claimed_until: 0,
  last_error: null,
});
