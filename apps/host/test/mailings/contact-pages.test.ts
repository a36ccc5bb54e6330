import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Contact } from '@finaz-telephony/core';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { silentLogger } from '../../src/logger.ts';
import {
  contactOf,
  firstOf,
  lineOf,
  pageSize,
  sealPage,
  type PageContact,
} from '../../src/mailings/ledger/contact-pages.ts';
import { createLedger, ledgerPages, type Ledger } from '../../src/mailings/ledger/ledger.ts';
import { createMailingIntakes } from '../../src/mailings/intake/mailing-intakes.ts';
import { createMailingLists } from '../../src/mailings/mailing-lists.ts';
import type { ContactState } from '../../src/mailings/mailing-state.ts';
import { openStore } from '../../src/store/open-store.ts';
import type { Store } from '../../src/store/store.ts';
import { createVault, type TenantCipher } from '../../src/store/vault.ts';
import { createHostPlace, type HostPlace } from '../support/host-place.ts';
import { contacts, sendMailing } from '../support/mailings.ts';
import { startTestHost } from '../support/test-host.ts';

const ana: Contact = {
  contactId: '7001',
  name: 'Ana Conceição',
  cpf: '52998224725',
  phones: [
    { areaCode: '41', number: '999998888' },
    { areaCode: '11', number: '33334444' },
  ],
};

const many = (count: number, first?: number): Contact[] =>
  contacts(count, first).map((contact) => ({ ...contact, phones: [...contact.phones] }));

it.each<[string, Contact]>([
  ['plain', ana],
  ['without name and CPF', { ...ana, name: '', cpf: '' }],
  ['with a tab in its name', { ...ana, name: 'Ana\tConceição' }],
  ['with a line break in its name', { ...ana, name: 'Ana\nConceição' }],
  ['with an id that looks like JSON', { ...ana, contactId: '{"contactId":"1"}' }],
  ['with half of a surrogate pair', { ...ana, name: 'Ana \ud83d' }],
  ['with parameters', { ...ana, parameters: { debt: '12,50', days: 30, isNew: true } }],
  ['with no parameters in their list', { ...ana, parameters: {} }],
])('a contact is the same after it was written as a line and read back: %s', (_, contact) => {
  const line = lineOf(contact);
  expect(line).not.toContain('\n');
  // What sealing a page does to it.
  const kept = Buffer.from(line, 'utf8').toString('utf8');
  expect(contactOf(kept)).toEqual(contact);
});

const masterKeys = [{ id: 'test', key: randomBytes(32) }] as const;
const tenantId = '1042';
const now = 1_764_000_000_000;

let place: HostPlace;
let store: Store;
let cipher: TenantCipher;
let ledger: Ledger;

async function open(): Promise<void> {
  store = await openStore({ ...place, logger: silentLogger });
  cipher = await createVault(store, masterKeys).cipher(tenantId);
  ledger = createLedger(store);
}

async function newMailing(id: string): Promise<number> {
  const intakes = createMailingIntakes(store, 'this', () => now);
  return intakes.create({ id: tenantId, cipher }, { id, queue: '7', parameters: {} });
}

/** Adds contacts as one page. @returns the positions of those that the mailing already has */
async function addPage(ref: number, page: number, added: readonly Contact[]) {
  const rows = added.map((contact, index): PageContact => ({
    position: firstOf(page) + index,
    contactId: contact.contactId,
    line: lineOf(contact),
  }));
  return ledger.add({
    mailing: ref,
    at: now,
    contacts: rows,
    seal: (taken) => sealPage(cipher, ref, page, taken),
    rejects: [],
  });
}

async function read(ref: number, state: ContactState, size: number): Promise<string[][]> {
  const pages: string[][] = [];
  for await (const page of ledgerPages(ledger, cipher, ref, state, size))
    pages.push(page.map(({ contact }) => contact.contactId));
  return pages;
}

beforeAll(async () => {
  place = await createHostPlace();
  await open();
});
afterAll(async () => {
  await store.close();
  await place.remove();
});

describe('contacts in pages', () => {
  it('are read in order, each page decrypted once, even if some of its contacts are missing', async () => {
    const ref = await newMailing('walked');
    await addPage(ref, 0, many(pageSize));
    // One contact of the page before, which is left out, and one row too few to fill the page.
    const second = [...many(2, 1000), ...many(1, 7), ...many(pageSize - 4, 1002)];
    expect(await addPage(ref, 1, second)).toEqual([firstOf(1) + 2]);
    await addPage(ref, 2, many(3, 2000));
    const opened: string[] = [];
    const watching: TenantCipher = {
      ...cipher,
      open(at, sealed) {
        opened.push(at);
        return cipher.open(at, sealed);
      },
    };
    const ids: string[] = [];
    for await (const page of ledgerPages(ledger, watching, ref, 'pending', pageSize))
      ids.push(...page.map(({ contact }) => contact.contactId));
    const expected = [...many(pageSize), ...many(pageSize - 2, 1000), ...many(3, 2000)];
    expect(ids).toEqual(expected.map(({ contactId }) => contactId));
    expect(opened).toHaveLength(3);
  });

  it('are the same whether whole pages or parts of pages are read: all pending, some failed, a page with none pending', async () => {
    const ref = await newMailing('whole');
    const key = { mailingId: 'whole', ref, fence: 0 };
    for (let page = 0; page < 6; page += 1)
      await addPage(ref, page, many(page === 3 ? 7 : pageSize, page * 1000));
    const refuse = (first: number, count: number) =>
      ledger.move(
        key,
        Array.from({ length: count }, (_, index) => ({
          position: first + index,
          from: 'pending' as const,
          to: 'failed' as const,
          vendor: null,
        })),
        now,
      );
    const all = async (size: number) => (await read(ref, 'pending', size)).flat();
    const expected = Array.from({ length: 6 }, (_, page) =>
      many(page === 3 ? 7 : pageSize, page * 1000),
    ).flatMap((page) => page.map(({ contactId }) => contactId));
    // A read of less than a page takes rows, the others take whole pages.
    const sizes = [pageSize / 2, pageSize, 3 * pageSize, 5 * pageSize];
    for (const size of sizes) expect(await all(size)).toEqual(expected);

    await refuse(firstOf(1) + 5, 1);
    await refuse(firstOf(2), pageSize);
    await refuse(firstOf(6) - 1, 1);
    const refused = new Set(['c-1005', 'c-5199', ...many(pageSize, 2000).map((c) => c.contactId)]);
    const left = expected.filter((contactId) => !refused.has(contactId));
    for (const size of sizes) expect(await all(size)).toEqual(left);
    expect((await read(ref, 'failed', pageSize)).flat()).toHaveLength(refused.size);
  });

  it('leave out a contact whose id the mailing already has', async () => {
    const ref = await newMailing('repeated');
    await addPage(ref, 0, [ana, { ...ana, name: 'Another Ana' }]);
    const { sealed } = await store.db
      .selectFrom('mailing_pages')
      .select('sealed')
      .where('mailing', '=', ref)
      .executeTakeFirstOrThrow();
    const lines = cipher.open(`mailings/${ref}/pages/0`, sealed).split('\n');
    expect(lines.map(contactOf)).toEqual([ana]);
  });

  it('are found even if they are far apart, one in each of 60 pages', async () => {
    const ref = await newMailing('far');
    const mailing = { mailingId: 'far', ref, fence: 0 };
    for (let page = 0; page < 60; page += 1) await addPage(ref, page, many(2, page * 2));
    await ledger.move(
      mailing,
      Array.from({ length: 60 }, (_, page) => ({
        position: firstOf(page),
        from: 'pending',
        to: 'failed',
        vendor: null,
      })),
      now,
    );
    const found = (await read(ref, 'failed', 500)).flat();
    expect(found).toEqual(Array.from({ length: 60 }, (_, page) => `c-${page * 2}`));
  });

  it('cannot be decrypted in a page of another mailing', async () => {
    const [ref, other] = [await newMailing('from'), await newMailing('to')];
    await addPage(ref, 0, [ana]);
    await addPage(other, 0, [{ ...ana, name: 'Another Ana' }]);
    await store.db
      .updateTable('mailing_pages')
      .set((page) => ({
        sealed: page
          .selectFrom('mailing_pages as source')
          .select('source.sealed')
          .where('source.mailing', '=', ref),
      }))
      .where('mailing', '=', other)
      .execute();
    await expect(read(other, 'pending', 10)).rejects.toThrow('cannot be decrypted');
  });

  it('are deleted with their mailing', async () => {
    const ref = await newMailing('gone');
    for (let page = 0; page < 3; page += 1) await addPage(ref, page, many(2, page * 2));
    await createMailingIntakes(store, 'this', () => now).discard('gone', ref);
    const left = await store.db
      .selectFrom('mailing_pages')
      .select('page')
      .where('mailing', '=', ref)
      .execute();
    expect(left).toEqual([]);
  });
});

describe('settling a file that the vendor has taken', () => {
  const listed = async (ref: number, state?: ContactState) => {
    const rows = await createMailingLists(store).contacts(cipher, ref, {
      after: 0,
      limit: 10,
      ...(state && { state }),
    });
    return rows.map((row) => `${row.contactId} ${row.state} ${row.updatedAt}`);
  };
  const counts = (id: string) =>
    store.db
      .selectFrom('mailings')
      .select(['pending', 'sent', 'failed'])
      .where('id', '=', id)
      .executeTakeFirstOrThrow();

  it('marks all pending contacts as sent; a failed contact that is put back to pending is settled by a second file', async () => {
    const ref = await newMailing('settled');
    const key = { mailingId: 'settled', ref, fence: 0 };
    await addPage(ref, 0, many(3));
    await store.db.updateTable('mailings').set({ pending: 3 }).where('ref', '=', ref).execute();
    const refused = { position: 2, from: 'pending', to: 'failed', vendor: null } as const;
    await ledger.move(key, [refused], now);
    const [then, later] = [now + 1000, now + 2000];
    await ledger.settle(key, () => then);
    const at = (time: number) => new Date(time).toISOString();
    expect(await counts('settled')).toEqual({ pending: 0, sent: 2, failed: 1 });
    expect(await listed(ref, 'sent')).toEqual([`c-1 sent ${at(then)}`, `c-3 sent ${at(then)}`]);
    expect(await listed(ref, 'pending')).toEqual([]);
    expect(await read(ref, 'pending', 10)).toEqual([]);
    expect(await read(ref, 'sent', 10)).toEqual([['c-1', 'c-3']]);

    await ledger.moveAll(key, { from: 'failed', to: 'pending' }, () => later);
    expect(await counts('settled')).toEqual({ pending: 1, sent: 2, failed: 0 });
    expect(await read(ref, 'pending', 10)).toEqual([['c-2']]);
    expect(await listed(ref)).toEqual([
      `c-1 sent ${at(then)}`,
      `c-2 pending ${at(later)}`,
      `c-3 sent ${at(then)}`,
    ]);
    // c-2 has gone in a second file.
    await ledger.settle(key, () => later + 1);
    expect(await counts('settled')).toEqual({ pending: 0, sent: 3, failed: 0 });
    expect(await read(ref, 'pending', 10)).toEqual([]);
    expect(await read(ref, 'sent', 10)).toEqual([['c-1', 'c-2', 'c-3']]);
    expect(await listed(ref, 'sent')).toContain(`c-1 sent ${at(then)}`);
  });

  it('is refused to a host that no longer holds the mailing', async () => {
    const ref = await newMailing('lost');
    await addPage(ref, 0, many(1));
    const stale = { mailingId: 'lost', ref, fence: -1 };
    await expect(ledger.settle(stale, () => now)).rejects.toThrow('another host has taken');
    expect(await read(ref, 'sent', 10)).toEqual([]);
  });
});

it('a database from before there were contact pages is migrated, and its contacts are read and settled row by row', async () => {
  const ref = await newMailing('old');
  const rows = many(3).map((contact, index) => ({
    mailing: ref,
    position: index + 1,
    contact_id: contact.contactId,
    state: 'pending' as const,
    sealed: cipher.seal(`mailings/${ref}/${index + 1}`, JSON.stringify(contact)),
    vendor: null,
    updated_at: now,
  }));
  await store.db.insertInto('mailing_contacts').values(rows).execute();
  await store.db.updateTable('mailings').set({ pending: 3 }).where('ref', '=', ref).execute();
  // As the version before has left it.
  await sql`drop table mailing_pages`.execute(store.db);
  await sql`alter table mailings drop column settled_at`.execute(store.db);
  await sql`delete from schema_history where name = '0010-mailing-pages'`.execute(store.db);
  await store.close();
  await open();

  expect(await read(ref, 'pending', 2)).toEqual([['c-1', 'c-2'], ['c-3']]);
  await ledger.settle({ mailingId: 'old', ref, fence: 0 }, () => now + 1);
  expect(await read(ref, 'sent', 10)).toEqual([['c-1', 'c-2', 'c-3']]);
  // Row by row: a host of that version may read them beside this one.
  const states = await store.db
    .selectFrom('mailing_contacts')
    .select('state')
    .where('mailing', '=', ref)
    .execute();
  expect(states).toEqual([{ state: 'sent' }, { state: 'sent' }, { state: 'sent' }]);
});

it.runIf(process.env['DATABASE_URL'] === undefined)(
  'personal data of a contact cannot be read in the database file (on SQLite alone)',
  async () => {
    const host = await startTestHost();
    try {
      await sendMailing(host, [
        { ...ana, contactId: 'in-the-file' },
        { ...ana, cpf: '1' },
      ]);
      const files = ['telephony.sqlite', 'telephony.sqlite-wal'];
      const bytes = await Promise.all(files.map((file) => readFile(join(host.dataDir, file))));
      const text = Buffer.concat(bytes).toString('latin1');
      expect(text).toContain('in-the-file');
      for (const personal of ['Ana Concei', ana.cpf, '999998888', '33334444'])
        expect(text).not.toContain(personal);
    } finally {
      await host.stop();
    }
  },
);
