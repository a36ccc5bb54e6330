import { randomBytes } from 'node:crypto';
import * as v from 'valibot';
import { expect, it, onTestFinished } from 'vitest';
import { silentLogger } from '../../src/logger.ts';
import { createVault } from '../../src/store/vault.ts';
import { TenantDocumentSchema } from '../../src/tenants/tenant-document.ts';
import { createTenantDirectory } from '../../src/tenants/tenant-directory.ts';
import { createTenantStore } from '../../src/tenants/tenant-store.ts';
import { openTestStore } from '../support/host-place.ts';

it('does not keep a company that was changed while it was read', async () => {
  const { store, close } = await openTestStore();
  onTestFinished(close);
  const vault = createVault(store, [{ id: 'test', key: randomBytes(32) }]);
  const tenants = createTenantStore(store, vault);
  const save = (name: string) =>
    tenants.save(v.parse(TenantDocumentSchema, { id: '1042', name }), 'test');
  await save('Before');
  let isFirst = true;
  const directory = createTenantDirectory({
    store,
    vault,
    logger: silentLogger,
    adapters: new Map(),
    tenants: {
      ...tenants,
      async read(tenantId) {
        const stored = await tenants.read(tenantId);
        if (isFirst) await save('After');
        isFirst = false;
        return stored;
      },
    },
  });
  onTestFinished(directory.close);
  await directory.get('1042');
  expect(await directory.get('1042')).toMatchObject({ name: 'After', version: 2 });
  expect(directory.peek('1042')).toMatchObject({ name: 'After' });
});
