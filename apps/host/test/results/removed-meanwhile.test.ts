import { expect, test } from 'vitest';
import { createAttemptStore } from '../../src/results/attempt-store.ts';
import { FetchLost } from '../../src/results/attempt-writes.ts';
import { SeenRows } from '../../src/results/seen-rows.ts';
import { onceDeleted } from '../support/meanwhile.ts';
import { openResults } from '../support/open-results.ts';

test('a fetch stores nothing more once the attempts of its deleted mailing are being removed: nobody would remove them later', async () => {
  const { store, attempts, fetches, close } = await openResults();
  const row = (id: number) => ({
    key: `i:a-${id}`,
    earlierKeys: () => [],
    contactId: '7001',
    matchedBy: 'contact' as const,
    numberHash: '0',
    sealedNumber: '',
    status: 1,
    callId: null,
    extension: null,
    at: id,
    duration: null,
  });
  try {
    await fetches.request(
      { id: 'm-1', ref: 1, tenantId: '1042', connection: 'dialer' },
      { isFinal: false },
    );
    const [claimed] = await fetches.claimDue(1, []);
    const seen = new SeenRows();
    const write = (id: number) =>
      attempts.write({
        connection: 'dialer',
        ref: 1,
        fetchId: claimed?.fetchId ?? '',
        leaseUntil: Date.now() + 60_000,
        rows: [row(id)],
        seen,
        wordOf: () => 'BUSY',
      });
    await write(1);
    // The mailing itself has been deleted; its attempts are left.
    const removing = createAttemptStore(
      onceDeleted(store, 'attempt_counts', () => expect(write(2)).rejects.toThrow(FetchLost)),
    );
    expect(await removing.removeLeft()).toBe(1);
    for (const table of ['attempts', 'attempt_counts', 'mailing_results'] as const)
      expect(await store.db.selectFrom(table).selectAll().execute()).toEqual([]);
  } finally {
    await close();
  }
});
