import { expect, test } from 'vitest';
import { createAttemptStore } from '../../src/results/attempt-store.ts';
import { sealNumbers } from '../../src/results/sealed-numbers.ts';
import { openResults } from '../support/open-results.ts';
import { attemptRow } from '../support/rows.ts';
import { turnsDuring } from '../support/turns.ts';

test('a page of a few matching attempts among 15,000 has all of them, and searching does not block the event loop', async () => {
  const { store, tenant, statuses, close } = await openResults();
  const attempts = createAttemptStore(store);
  const numberHash = tenant.cipher.hash('41999998888');
  const [number = ''] = sealNumbers(tenant.cipher, [{ numberHash, number: '41999998888' }]);
  const rare = [1, 5000, 5001, 15_000];
  const upTo = 15_000;
  try {
    for (let start = 0; start < upTo; start += 500) {
      const rows = Array.from({ length: 500 }, (_, index) => {
        const seq = start + index + 1;
        const own = { contact_id: `${seq}`, matched_by: 'contact' as const };
        const isRare = rare.includes(seq);
        return {
          ...attemptRow(1, seq, 0),
          ...(isRare && { ...own, number, number_hash: numberHash }),
        };
      });
      await store.db.insertInto('attempts').values(rows).execute();
    }
    const place = { upTo, filter: { foreign: false }, statuses: await statuses.read(tenant) };
    const page = (after: number, limit: number) =>
      attempts.page(tenant, 1, { ...place, after, limit });
    const turns = await turnsDuring(async () => {
      const { attempts: found, isLast } = await page(0, 100);
      expect(found.map(({ contactId }) => contactId)).toEqual(rare.map(String));
      expect(isLast).toBe(true);
    });
    expect(turns).toBeGreaterThanOrEqual(2);
    expect(await page(1, 2)).toMatchObject({
      attempts: [{ contactId: '5000' }, { contactId: '5001' }],
      lastSeq: 5001,
      isLast: false,
    });
  } finally {
    await close();
  }
});
