import { expect, test } from 'vitest';
import { createApiKeys } from '../../src/tenants/api-keys.ts';
import { openTestStore } from '../support/host-place.ts';

const adminKey = 'ft_admin_key_of_the_tests_0123456789';

test('a revoked key opens nothing, even if the host that revoked it died before it could notify the others', async () => {
  const { store, close } = await openTestStore();
  const other = createApiKeys(store, adminKey);
  const dying = createApiKeys(
    { ...store, notify: () => Promise.reject(new Error('this host is dead')) },
    adminKey,
  );
  try {
    const { id, key } = await other.create('1042', 'crm');
    expect(await other.authenticate(key)).toMatchObject({ keyId: id });
    await dying.revoke(id).catch(() => undefined);
    expect(await other.authenticate(key)).toBeUndefined();
  } finally {
    await close();
  }
});

test('a stream that starts to watch its key just after the key was revoked is still notified', async () => {
  const { store, close } = await openTestStore();
  const keys = createApiKeys(store, adminKey);
  try {
    const { id, key } = await keys.create('1042', 'crm');
    await keys.authenticate(key);
    await keys.revoke(id);
    await new Promise<void>((resolve) => keys.watch(id, resolve));
  } finally {
    keys.close();
    await close();
  }
});
