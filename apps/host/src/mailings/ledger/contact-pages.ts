import type { Contact, ContactPhone } from '@finaz-telephony/core';
import type { Kysely } from 'kysely';
import type { MailingContactTable, MailingPageTable, Schema } from '../../store/schema.ts';
import { doesNotOpen } from '../../store/seal.ts';
import type { TenantCipher } from '../../store/vault.ts';

/**
 * The contacts of a mailing are stored apart from their states, and sealed by the page: a seal for each contact would cost more than everything else, and each change
 * of a state would write the contact again.
 */

/** Positions in a page. Existing databases depend on it: never change it. */
export const pageSize = 200;

const pageOf = (position: number): number => Math.floor((position - 1) / pageSize);

/** The position of the first contact of a page. */
export const firstOf = (page: number): number => page * pageSize + 1;

/** A contact on its way into its page. */
export interface PageContact {
  readonly position: number;
  readonly contactId: string;
  readonly line: string;
}

const placeOfPage = (ref: number, page: number) => `mailings/${ref}/pages/${page}`;

/** Seals contacts of one page. */
export function sealPage(
  cipher: TenantCipher,
  ref: number,
  page: number,
  contacts: readonly PageContact[],
): MailingPageTable {
  const lines: string[] = [];
  for (const { position, line } of contacts) {
    // A position without a contact is an empty line.
    while (lines.length < position - firstOf(page)) lines.push('');
    lines.push(line);
  }
  return { mailing: ref, page, sealed: cipher.seal(placeOfPage(ref, page), lines.join('\n')) };
}

/** What separates fields or lines, may be taken for JSON, or is lost in UTF-8. */
const ambiguous = /[\t\n\p{Cs}]|^\{/u;

/** A contact as a line: fields with tabs between them, which is read four times as fast as JSON; or JSON, where such a line would not give back the same contact. */
export function lineOf(contact: Contact): string {
  const { contactId, name, cpf, phones, parameters } = contact;
  const fields = [contactId, name, cpf];
  for (const { areaCode, number } of phones) fields.push(areaCode, number);
  const isPlain = parameters === undefined && !fields.some((field) => ambiguous.test(field));
  return isPlain ? fields.join('\t') : JSON.stringify(contact);
}

export function contactOf(line: string): Contact {
  if (line.startsWith('{')) {
    const contact: Contact = JSON.parse(line);
    return contact;
  }
  const [contactId = '', name = '', cpf = '', ...rest] = line.split('\t');
  const phones: ContactPhone[] = [];
  for (let index = 0; index < rest.length; index += 2)
    phones.push({ areaCode: rest[index] ?? '', number: rest[index + 1] ?? '' });
  return { contactId, name, cpf, phones };
}

/** A contact of the ledger, opened. */
export interface LedgerContact {
  readonly position: number;
  readonly contact: Contact;
  /** When it came into its state. */
  readonly changedAt: number;
  /** What went wrong, sealed. A pending contact has it only if the vendor may have the contact. */
  readonly vendor: string | null;
}

type ContactRow = Pick<MailingContactTable, 'position' | 'sealed' | 'vendor' | 'updated_at'>;

/** Rows of versions before there were pages hold the contact itself. */
const isInPage = ({ sealed }: ContactRow): boolean => sealed === '';

/** At most so many pages are opened at once, where contacts lie far apart: everything else waits meanwhile. */
const mostPages = 50;

/**
 * The first of these ordered rows, as many as are to be opened together. If they end in the middle of a page, the rows of that page are left for the next call,
 * so that a walk through a mailing opens each page once.
 */
export function openedTogether<Row extends ContactRow>(rows: readonly Row[]): readonly Row[] {
  const last = rows.at(-1);
  if (!last || !isInPage(last)) return rows;
  const pages = pagesOf(rows);
  const isWhole = pages.length === 1 || pageOf(last.position + 1) !== pageOf(last.position);
  const left = pages[mostPages] ?? (isWhole ? undefined : pages.at(-1));
  return left === undefined ? rows : rows.filter(({ position }) => position < firstOf(left));
}

const pagesOf = (rows: readonly ContactRow[]): readonly number[] => [
  ...new Set(rows.filter(isInPage).map(({ position }) => pageOf(position))),
];

/** The contacts of some rows. */
export async function openContacts(
  db: Kysely<Schema>,
  cipher: TenantCipher,
  ref: number,
  rows: readonly ContactRow[],
): Promise<LedgerContact[]> {
  const pages = await openPages(db, cipher, ref, pagesOf(rows));
  const contactIn = (row: ContactRow): Contact => {
    if (!isInPage(row)) return openOwn(cipher, ref, row);
    const page = pageOf(row.position);
    const line = pages.get(page)?.[row.position - firstOf(page)];
    if (!line)
      throw doesNotOpen(new TypeError(`contact ${row.position} of mailing ${ref} is in no page`));
    return contactOf(line);
  };
  return rows.map((row) => ({
    position: row.position,
    contact: contactIn(row),
    changedAt: row.updated_at,
    vendor: row.vendor,
  }));
}

/** The positions behind `after`, up to the end of a page. */
export interface PageRange {
  readonly after: number;
  readonly through: number;
}

/** The range up to the end of the last page that ends within `limit` positions; `undefined` if none does. */
export function wholePages(after: number, limit: number): PageRange | undefined {
  const through = Math.floor((after + limit) / pageSize) * pageSize;
  return through > after ? { after, through } : undefined;
}

type SealedPage = Pick<MailingPageTable, 'page' | 'sealed'>;

/** The pages of a range, as they are stored. */
export function sealedRange(
  db: Kysely<Schema>,
  ref: number,
  { after, through }: PageRange,
): Promise<readonly SealedPage[]> {
  return db
    .selectFrom('mailing_pages')
    .select(['page', 'sealed'])
    .where('mailing', '=', ref)
    .where('page', '>=', pageOf(after + 1))
    .where('page', '<=', pageOf(through))
    .orderBy('page')
    .execute();
}

/**
 * All contacts of the pages of a range, in order; none of them has words of what went wrong.
 *
 * @param changedAt when the last of them came into its state
 */
export function openRange(
  cipher: TenantCipher,
  ref: number,
  { after }: PageRange,
  pages: readonly SealedPage[],
  changedAt: number,
): LedgerContact[] {
  return pages.flatMap((sealed) =>
    openPage(cipher, ref, sealed).flatMap((line, index) => {
      const position = firstOf(sealed.page) + index;
      return line === '' || position <= after
        ? []
        : [{ position, contact: contactOf(line), changedAt, vendor: null }];
    }),
  );
}

const openPage = (cipher: TenantCipher, ref: number, { page, sealed }: SealedPage): string[] =>
  cipher.open(placeOfPage(ref, page), sealed).split('\n');

async function openPages(
  db: Kysely<Schema>,
  cipher: TenantCipher,
  ref: number,
  pages: readonly number[],
): Promise<ReadonlyMap<number, readonly string[]>> {
  if (pages.length === 0) return new Map();
  const rows = await db
    .selectFrom('mailing_pages')
    .select(['page', 'sealed'])
    .where('mailing', '=', ref)
    .where('page', 'in', pages)
    .execute();
  return new Map(rows.map((row) => [row.page, openPage(cipher, ref, row)]));
}

function openOwn(cipher: TenantCipher, ref: number, { position, sealed }: ContactRow): Contact {
  const contact: Contact = JSON.parse(cipher.open(`mailings/${ref}/${position}`, sealed));
  return contact;
}
