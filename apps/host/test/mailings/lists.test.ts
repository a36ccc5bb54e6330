import { randomBytes } from 'node:crypto';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createLedger } from '../../src/mailings/ledger/ledger.ts';
import { createMailingLists } from '../../src/mailings/mailing-lists.ts';
import { createVault, type TenantCipher } from '../../src/store/vault.ts';
import { openTestStore } from '../support/host-place.ts';
import { noteWholeReads } from '../support/whole-reads.ts';

const ref = 1_764_000_000_000_500;
const total = 60_000;

let opened: Awaited<ReturnType<typeof openTestStore>>;
let cipher: TenantCipher;
beforeAll(async () => {
  opened = await openTestStore();
  const { store } = opened;
  cipher = await createVault(store, [{ id: 'test', key: randomBytes(32) }]).cipher('1042');
  // Of every 20,000 contacts one has failed, the last three are pending, the others sent.
  await sql`with recursive numbers (n) as (select 1 union all select n + 1 from numbers where n < ${sql.lit(total)})
    insert into mailing_contacts (mailing, position, contact_id, state, sealed, vendor, updated_at)
    select ${sql.lit(ref)}, n, 'c-' || n, case when n % 20000 = 1 then 'failed' when n > ${sql.lit(total - 3)} then 'pending' else 'sent' end, '', null, 0 from numbers`.execute(
    store.db,
  );
});
afterAll(() => opened.close());

async function found(state: 'failed' | 'pending' | 'sent' | undefined, after: number, limit = 2) {
  const rows = await createMailingLists(opened.store).contacts(cipher, ref, {
    after,
    limit,
    ...(state && { state }),
  });
  return rows.map(({ position }) => position);
}

it('the contacts of a mailing are listed by state, page by page', async () => {
  expect(await found('failed', 0)).toEqual([1, 20_001]);
  expect(await found('failed', 20_001)).toEqual([40_001]);
  expect(await found('pending', 0)).toEqual([59_998, 59_999]);
  expect(await found('pending', 59_999)).toEqual([60_000]);
  expect(await found('pending', 60_000)).toEqual([]);
  expect(await found('sent', 39_999)).toEqual([40_000, 40_002]);
  expect(await found(undefined, 20_000)).toEqual([20_001, 20_002]);
  expect(await found('sent', 59_996)).toEqual([59_997]);
});

it.runIf(process.env['DATABASE_URL'] === undefined)(
  'failed contacts and contacts in doubt are found by an index, however large the mailing (on SQLite alone)',
  async () => {
    const { noted, plans } = noteWholeReads(opened.store);
    await createMailingLists(noted).contacts(cipher, ref, { state: 'failed', after: 0, limit: 9 });
    await createLedger(noted).read(cipher, ref, 'in_doubt', 0, 9);
    const reads = (await plans()).filter((plan) => plan.includes('mailing_contacts'));
    expect(reads.some((plan) => plan.includes('mailing_contacts_unsettled'))).toBe(true);
    expect(reads.filter((plan) => !/unsettled \(|position=\?/.test(plan))).toEqual([]);
  },
);

it('listing the contacts of a large mailing by state does not block the event loop', async () => {
  let turns = 0;
  const turn = () => {
    turns += 1;
    next = setImmediate(turn);
  };
  let next = setImmediate(turn);
  await found('pending', 0);
  clearImmediate(next);
  expect(turns).toBeGreaterThanOrEqual(3);
});
