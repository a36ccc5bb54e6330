import { randomBytes } from 'node:crypto';
import * as v from 'valibot';
import { expect, it, onTestFinished } from 'vitest';
import { silentLogger } from '../../src/logger.ts';
import { createVault } from '../../src/store/vault.ts';
import { TenantDocumentSchema } from '../../src/tenants/tenant-document.ts';
import { createTenantDirectory } from '../../src/tenants/tenant-directory.ts';
import { createTenantStore } from '../../src/tenants/tenant-store.ts';
import { openTestStore } from '../support/host-place.ts';

async function openDirectory() {
  const { store, close } = await openTestStore();
  onTestFinished(close);
  const vault = createVault(store, [{ id: 'test', key: randomBytes(32) }]);
  const tenants = createTenantStore(store, vault);
  const save = (name: string, id = '1042') =>
    tenants.save(v.parse(TenantDocumentSchema, { id, name }), 'test');
  const open = (read = tenants.read) => {
    const directory = createTenantDirectory({
      store,
      vault,
      logger: silentLogger,
      adapters: new Map(),
      tenants: { ...tenants, read },
    });
    onTestFinished(directory.close);
    return directory;
  };
  return { store, tenants, save, open };
}

it('the tenant directory reads a company again if it was saved while it was being read', async () => {
  const { tenants, save, open } = await openDirectory();
  await save('Before');
  let isFirst = true;
  const directory = open(async (tenantId) => {
    const stored = await tenants.read(tenantId);
    if (isFirst) await save('After');
    isFirst = false;
    return stored;
  });
  await directory.get('1042');
  expect(await directory.get('1042')).toMatchObject({ name: 'After', version: 2 });
  expect(directory.peek('1042')).toMatchObject({ name: 'After' });
});

it('a company that is deleted while it is being read is gone, and gets no new key, which the next company with its id would inherit', async () => {
  const { store, tenants, save, open } = await openDirectory();
  await tenants.setSecret('1042', 'token', 'tok_live');
  await save('Before');
  const directory = open(async (tenantId) => {
    const stored = await tenants.read(tenantId);
    await tenants.remove(tenantId);
    return stored;
  });
  expect(await directory.get('1042')).toBeUndefined();
  expect(await store.db.selectFrom('tenant_keys').selectAll().execute()).toEqual([]);
});

it('the tenant directory rebuilds only the changed companies after another process has written to the store', async () => {
  const { store, tenants, save, open } = await openDirectory();
  const directory = open();
  const ids = ['same', 'saved', 'secret', 'remade', 'gone'];
  for (const id of ids) {
    await save('Before', id);
    await tenants.setSecret(id, 'token', 'before');
  }
  const read = () => Promise.all(ids.map((id) => directory.get(id)));
  const before = await read();
  await save('After', 'saved');
  await tenants.setSecret('secret', 'token', 'after');
  await tenants.remove('remade');
  await save('Before', 'remade');
  await tenants.setSecret('remade', 'token', 'before');
  await tenants.remove('gone');
  // On SQLite, a host hears of a write by the command line only that something was written, not what.
  await store.notify('tenants', '*');
  expect(ids.map((id) => directory.peek(id))).toEqual(ids.map(() => undefined));
  const after = await read();
  expect(ids.filter((_, index) => after[index] === before[index])).toEqual(['same']);
  expect(after.map((tenant) => tenant?.name)).toEqual([
    'Before',
    'After',
    'Before',
    'Before',
    undefined,
  ]);
});
