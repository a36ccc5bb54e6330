import { randomBytes } from 'node:crypto';
import { InsertQueryNode, type KyselyPlugin } from 'kysely';
import { expect, test } from 'vitest';
import { createDoNotCallStore } from '../../src/rules/do-not-call-store.ts';
import type { Store } from '../../src/store/store.ts';
import { createVault } from '../../src/store/vault.ts';
import { openTestStore } from '../support/host-place.ts';
import { noteLargest } from '../support/largest-write.ts';
import { meanwhile } from '../support/meanwhile.ts';

async function openList() {
  const { store, close } = await openTestStore();
  const vault = createVault(store, [{ id: 'test', key: randomBytes(32) }]);
  return { store, close, tenant: { id: '1042', cipher: await vault.cipher('1042') } };
}

const numbers = Array.from(
  { length: 600 },
  (_, place) => `+5541999${String(place).padStart(6, '0')}`,
);
const [first = ''] = numbers;
const last = numbers.at(-1) ?? '';

/** A store that cannot write rows with this text. */
function awayFor(store: Store, text: string): Store {
  const plugin: KyselyPlugin = {
    transformQuery({ node }) {
      if (InsertQueryNode.is(node) && JSON.stringify(node).includes(text))
        throw new Error('the store is away');
      return node;
    },
    transformResult: async ({ result }) => result,
  };
  return { ...store, db: store.db.withPlugin(plugin) };
}

test('numbers of a list that were stored before the store went away may not be called from then on', async () => {
  const { store, close, tenant } = await openList();
  const calling = createDoNotCallStore(store, Date.now);
  try {
    expect(await calling.find(tenant, first)).toBeUndefined();
    const adding = createDoNotCallStore(awayFor(store, tenant.cipher.hash(last)), Date.now);
    await expect(adding.add(tenant, numbers, 'cli')).rejects.toThrow('the store is away');
    expect(await store.db.selectFrom('do_not_call').selectAll().execute()).toHaveLength(400);
    expect(await calling.find(tenant, first)).toMatchObject({ number: first });
  } finally {
    await close();
  }
});

test('a do-not-call list that is filled while a host looks whether it is empty does not count as empty afterwards', async () => {
  const { store, close, tenant } = await openList();
  const adding = createDoNotCallStore(store, Date.now);
  const calling = createDoNotCallStore(
    meanwhile(store, 'do_not_call', () => adding.add(tenant, numbers, 'cli')),
    Date.now,
  );
  try {
    await calling.isEmpty(tenant);
    expect(await calling.find(tenant, first)).toMatchObject({ number: first });
  } finally {
    await close();
  }
});

test('a company has a do-not-call list of its own, which a host reads again once it may have missed changes', async () => {
  const { store, close, tenant } = await openList();
  const vault = createVault(store, [{ id: 'test', key: randomBytes(32) }]);
  const other = { id: '2001', cipher: await vault.cipher('2001') };
  const calling = createDoNotCallStore(store, Date.now);
  try {
    await calling.add(other, [first, last], 'cli');
    expect(await calling.page(tenant, { after: '', limit: 10 })).toMatchObject({ entries: [] });
    expect(await calling.isEmpty(tenant)).toBe(true);
    // Added by another host, without this one hearing of it.
    const hash = tenant.cipher.hash(first);
    const sealed = tenant.cipher.seal(`do-not-call/${hash}`, first);
    await store.db
      .insertInto('do_not_call')
      .values({ tenant_id: tenant.id, number_hash: hash, sealed, author: 'cli', created_at: 1 })
      .execute();
    await store.notify('tenants', '*');
    await expect.poll(() => calling.find(tenant, first)).toMatchObject({ number: first });
    expect(await calling.remove(tenant, [first, last])).toBe(1);
    expect((await calling.page(other, { after: '', limit: 10 })).entries).toHaveLength(2);
  } finally {
    await close();
  }
});

test('numbers are added and removed few at a time, so that nobody else waits long for SQLite', async () => {
  const { store, close, tenant } = await openList();
  const inserts = noteLargest(store, 'insert');
  const deletes = noteLargest(inserts.noted, 'delete');
  const list = createDoNotCallStore(deletes.noted, Date.now);
  try {
    expect(await list.add(tenant, numbers, 'cli')).toBe(600);
    expect(await list.remove(tenant, numbers)).toBe(600);
    expect([inserts.largest(), deletes.largest()]).toEqual([200, 200]);
  } finally {
    await close();
  }
});
