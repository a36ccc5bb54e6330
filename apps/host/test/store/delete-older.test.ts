import { expect, test } from 'vitest';
import { deleteOlder, deleteOlderInOrder } from '../../src/store/delete-older.ts';
import { openTestStore } from '../support/host-place.ts';
import { noteLargest } from '../support/largest-write.ts';
import { exchangeRow } from '../support/rows.ts';

test('deleting the old rows of one company leaves the rows of other companies, however old they are', async () => {
  const { store, close } = await openTestStore();
  const { db } = store;
  const key = {
    key: 'k',
    fingerprint: 'f',
    status: null,
    sealed: null,
    created_at: 1,
    host_id: null,
    subject: null,
  };
  try {
    for (const tenant_id of ['10', '1042', '2001']) {
      await db
        .insertInto('exchanges')
        .values(exchangeRow(tenant_id, 1, 1))
        .execute();
      await db
        .insertInto('idempotency_keys')
        .values({ ...key, tenant_id })
        .execute();
    }
    const of = { tenantId: '1042' };
    expect(await deleteOlder(db, { table: 'exchanges', key: 'id', ...of }, 2)).toBe(1);
    expect(
      await deleteOlderInOrder(
        db,
        { table: 'idempotency_keys', key: 'key', time: 'created_at', ...of },
        2,
      ),
    ).toBe(1);
    for (const table of ['exchanges', 'idempotency_keys'] as const) {
      const left = await db.selectFrom(table).select('tenant_id').orderBy('tenant_id').execute();
      expect(left.map(({ tenant_id }) => tenant_id)).toEqual(['10', '2001']);
    }
  } finally {
    await close();
  }
});

test('old exchanges, whose bodies may be long, are deleted few at a time', async () => {
  const { store, close } = await openTestStore();
  const { noted, largest } = noteLargest(store, 'delete');
  try {
    const rows = Array.from({ length: 230 }, (_, index) => exchangeRow('1042', index, 1));
    await store.db.insertInto('exchanges').values(rows).execute();
    expect(await deleteOlder(noted.db, { table: 'exchanges', key: 'id' }, 2)).toBe(230);
    expect(largest()).toBe(100);
  } finally {
    await close();
  }
});
