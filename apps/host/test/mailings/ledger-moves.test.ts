// What a move of contacts changes and counts, and what it leaves alone.
import { afterEach, beforeEach, expect, it } from 'vitest';
import { lineOf, pageSize, sealPage } from '../../src/mailings/ledger/contact-pages.ts';
import { createLedger } from '../../src/mailings/ledger/ledger.ts';
import type { SqliteEngine, Store } from '../../src/store/store.ts';
import { contacts } from '../support/mailings.ts';
import { openOneMailing } from '../support/one-mailing.ts';

let opened: Awaited<ReturnType<typeof openOneMailing>>;
beforeEach(async () => {
  opened = await openOneMailing();
});
afterEach(() => opened.close());

/** A mailing of so many rows that a host loads; the second row repeats the contact of the first. */
async function openLoad(count: number) {
  const { clock, host, store, tenant } = opened;
  const { intakes, ledger, mailings } = host('first');
  // Their contacts too: the new mailing may draw the same ref.
  for (const table of ['mailing_contacts', 'mailing_pages', 'mailings'] as const)
    await store.db.deleteFrom(table).execute();
  const ref = await intakes.create(tenant, { id: 'm-2', queue: '8', parameters: {} });
  for (let page = 0; page * pageSize < count; page += 1) {
    const first = page * pageSize + 1;
    await ledger.add({
      mailing: ref,
      at: clock(),
      contacts: contacts(Math.min(pageSize, count - page * pageSize), first).map(
        (contact, index) => ({
          position: first + index,
          contactId: first + index === 2 ? 'c-1' : contact.contactId,
          line: lineOf(contact),
        }),
      ),
      seal: (taken) => sealPage(tenant.cipher, ref, page, taken),
      rejects: [],
    });
  }
  await intakes.received('m-2', { total: count - 1, rejected: 1, areaCodes: ['41'] });
  const [claimed] = await mailings.claim(1, [], 1);
  return {
    ledger,
    key: { mailingId: 'm-2', ref, fence: claimed?.fence ?? 0 },
    counts: () => mailings.find(tenant, 'm-2'),
  };
}

it('moving all contacts of a long mailing misses none, not even at the border of two chunks', async () => {
  const { ledger, key, counts } = await openLoad(2001);
  await ledger.moveAll(key, { from: 'pending', to: 'in_doubt' }, opened.clock);
  expect(await counts()).toMatchObject({ pending: 0, in_doubt: 2000 });
  expect(await ledger.read(opened.tenant.cipher, key.ref, 'pending', 0, 10)).toEqual([]);
});

it('the last contact of a mailing is found behind a whole page of contacts in another state', async () => {
  const { ledger, key } = await openLoad(pageSize + 1);
  const range = { after: 0, through: pageSize };
  await ledger.moveRange(key, 'pending', 'failed', range, opened.clock());
  const found = await ledger.read(opened.tenant.cipher, key.ref, 'pending', 0, pageSize);
  expect(found.map(({ position }) => position)).toEqual([pageSize + 1]);
});

it.each([
  ['without words', null],
  ['with words', 'sealed'],
])(
  'a move that is repeated, as after a lost answer of the store, does not count a contact twice: %s',
  async (_, vendor) => {
    const { ledger, key, counts } = await openLoad(3);
    const move = { position: 1, from: 'pending', to: 'sending', vendor: null } as const;
    const outcome = { position: 1, from: 'sending', to: 'failed', vendor } as const;
    for (let time = 0; time < 2; time += 1) await ledger.move(key, [move], opened.clock());
    expect(await counts()).toMatchObject({ pending: 1, sending: 1 });
    for (let time = 0; time < 2; time += 1) await ledger.move(key, [outcome], opened.clock());
    expect(await counts()).toMatchObject({ pending: 1, sending: 0, failed: 1 });
    // An outdated move does not send a contact that is no longer pending.
    await ledger.move(key, [move], opened.clock());
    expect(await counts()).toMatchObject({ pending: 1, sending: 0, failed: 1 });
  },
);

it('a refused contact that goes in a second file counts as sent once that file is settled, and is not left for a third', async () => {
  const { ledger, key, counts } = await openLoad(4);
  const { clock, tenant } = opened;
  const refused = { position: 3, from: 'pending', to: 'failed', vendor: 'sealed' } as const;
  await ledger.move(key, [refused], clock());
  await ledger.settle(key, clock);
  await ledger.moveAll(key, { from: 'failed', to: 'pending' }, clock);
  const pending = () => ledger.read(tenant.cipher, key.ref, 'pending', 0, 10);
  expect((await pending()).map(({ position }) => position)).toEqual([3]);
  await ledger.settle(key, clock);
  expect(await pending()).toEqual([]);
  expect(await counts()).toMatchObject({ pending: 0, sent: 3 });
  const sent = await ledger.read(tenant.cipher, key.ref, 'sent', 0, 10);
  expect(sent.map(({ position }) => position)).toEqual([1, 3, 4]);
});

/** Tells how many rows the largest commit has changed. */
function noteLargestCommit(
  store: Store,
  native: SqliteEngine,
): { readonly noted: Store; readonly largest: () => number } {
  let largest = 0;
  const transaction: SqliteEngine['transaction'] = (work) =>
    native.transaction((database) => {
      const changes = database.prepare<[], number>('select total_changes()').pluck();
      const before = changes.get() ?? 0;
      const result = work(database);
      largest = Math.max(largest, (changes.get() ?? 0) - before);
      return result;
    });
  return { noted: { ...store, native: { ...native, transaction } }, largest: () => largest };
}

it('many contacts are moved in several commits, so that nobody else waits long for SQLite', async ({
  skip,
}) => {
  const { store, clock } = opened;
  const { native } = store;
  if (native.engine !== 'sqlite') return skip();
  const { key, counts } = await openLoad(1401);
  const { noted, largest } = noteLargestCommit(store, native);
  const moves = Array.from({ length: 1400 }, (_, index) => ({
    position: index + 2,
    from: 'pending' as const,
    to: 'failed' as const,
    vendor: index % 2 === 0 ? 'words' : null,
  }));
  await createLedger(noted).move(key, moves, clock());
  expect(await counts()).toMatchObject({ pending: 1, failed: 1399 });
  expect(largest()).toBeGreaterThan(0);
  expect(largest()).toBeLessThan(600);
});
