import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { silentLogger } from '../../src/logger.ts';
import { createMailingIntakes } from '../../src/mailings/mailing-intakes.ts';
import { forgetOld } from '../../src/retention.ts';
import { createResultFetches } from '../../src/results/result-fetches.ts';
import type { MailingTable } from '../../src/store/schema.ts';
import type { Store } from '../../src/store/store.ts';
import { createVault } from '../../src/store/vault.ts';
import { openTestStore } from '../support/host-place.ts';
import { recordsOf } from '../support/records.ts';

const dayMs = 86_400_000;
const now = 1_800_000_000_000;
const old = now - 91 * dayMs;

const forget = (store: Store) =>
  forgetOld(
    {
      ...recordsOf(store, 'this', () => now),
      store,
      logger: silentLogger,
      retentionDays: 90,
      now: () => now,
    },
    new AbortController().signal,
  );

/** A mailing with one contact and one result. */
async function addMailing(
  store: Store,
  id: string,
  change: Partial<Pick<MailingTable, 'state' | 'updated_at' | 'replaced_at'>>,
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
    .values({
      mailing: ref,
      seq: 1,
      key: 'k',
      contact_id: '7001',
      matched_by: 'contact',
      number_hash: 'h',
      number: '',
      status: 1,
      call_id: null,
      extension: null,
      at: old,
      duration: null,
    })
    .execute();
  await store.db
    .insertInto('attempt_counts')
    .values({ mailing: ref, status: 1, matched_by: 'contact', count: 1 })
    .execute();
}

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

test('mailings older than the retention go at once, however many they are, with all of their results', async () => {
  const { store, close } = await openTestStore();
  try {
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
