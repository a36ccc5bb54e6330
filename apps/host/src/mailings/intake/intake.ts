import type { MailingRejectTable } from '../../store/schema.ts';
import type { NumberScreen } from '../../rules/number-screen.ts';
import { numberKey } from '../../rules/number-tally.ts';
import type { Tenant } from '../../tenants/tenant.ts';
import { firstOf, lineOf, sealPage, type PageContact } from '../ledger/contact-pages.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { MailingRow } from './mailing-row.ts';
import {
  readContact,
  type CheckedContact,
  type CheckedPhone,
  type Reject,
} from './read-contact.ts';
import { sealReject } from '../sealed-rejects.ts';
import { SortedNumbers } from './sorted-numbers.ts';

interface StoringDependencies {
  readonly ledger: Ledger;
  readonly clock: () => number;
}

interface Checked {
  readonly line: number;
  readonly row: unknown;
  readonly result: CheckedContact | Reject;
}

/** Takes rows into one mailing: checks each row, screens its numbers by the company's rules, and stores contacts and rejects chunk by chunk. */
export class Intake {
  total = 0;
  rejected = 0;
  readonly areaCodes = new Set<string>();
  readonly #dependencies: StoringDependencies;
  readonly #tenant: Tenant;
  readonly #ref: number;
  readonly #screen: NumberScreen;
  /** How many numbers of one contact the telephone system takes. */
  readonly #room: number;
  readonly #numbers: SortedNumbers;
  /** Pages written so far. */
  #pages = 0;
  #seq = 0;

  constructor(
    dependencies: StoringDependencies,
    tenant: Tenant,
    ref: number,
    screen: NumberScreen,
    room: number | undefined,
  ) {
    this.#dependencies = dependencies;
    this.#tenant = tenant;
    this.#ref = ref;
    this.#screen = screen;
    this.#room = room ?? Number.POSITIVE_INFINITY;
    this.#numbers = new SortedNumbers(ref, dependencies.ledger.addNumbers);
  }

  /** No more rows come: writes the numbers that are still held back. */
  end(): Promise<void> {
    return this.#numbers.flush();
  }

  /** Takes at most as many rows as a page has positions: their contacts form one page, which is stored in one commit. */
  async add(rows: readonly MailingRow[]): Promise<void> {
    if (rows.length === 0) return;
    const checked = rows.map((row): Checked => ({ ...row, result: checkRow(row) }));
    const hashes = checked.map(({ result }) =>
      'contact' in result ? result.phones.map(({ e164 }) => this.#tenant.cipher.hash(e164)) : [],
    );
    const verdicts = await this.#screen.check(hashes.flat());
    let next = 0;
    const page = this.#pages;
    const contacts: PageContact[] = [];
    const written: Checked[] = [];
    const numbers: { number_key: number; position: number }[] = [];
    const rejects: MailingRejectTable[] = [];
    for (const [index, item] of checked.entries()) {
      const own = hashes[index] ?? [];
      const screened = withoutHeld(
        item.result,
        verdicts.slice(next, (next += own.length)),
        own,
        this.#room,
      );
      if (!('contact' in screened)) {
        rejects.push(this.#reject('row', item, screened));
        continue;
      }
      const { contact } = screened;
      const position = firstOf(page) + contacts.length;
      written.push(item);
      contacts.push({ position, contactId: contact.contactId, line: lineOf(contact) });
      for (const hash of screened.hashes) numbers.push({ number_key: numberKey(hash), position });
      for (const { areaCode } of screened.phones) this.areaCodes.add(areaCode);
      for (const dropped of screened.dropped) rejects.push(this.#reject('phone', item, dropped));
    }
    if (contacts.length > 0) this.#pages += 1;
    const repeated = new Set(await this.#write(page, contacts, rejects));
    await this.#numbers.add(numbers.filter(({ position }) => !repeated.has(position)));
    const duplicates = written
      .filter((_, index) => repeated.has(firstOf(page) + index))
      .map((item) => this.#reject('row', item, duplicate));
    if (duplicates.length > 0) await this.#write(page, [], duplicates);
    this.total += contacts.length - repeated.size;
    this.rejected += rejects.filter(({ kind }) => kind === 'row').length + duplicates.length;
  }

  #write(
    page: number,
    contacts: readonly PageContact[],
    rejects: readonly MailingRejectTable[],
  ): Promise<readonly number[]> {
    const { ledger, clock } = this.#dependencies;
    return ledger.add({
      mailing: this.#ref,
      at: clock(),
      contacts,
      seal: (taken) => sealPage(this.#tenant.cipher, this.#ref, page, taken),
      rejects,
    });
  }

  #reject(kind: 'row' | 'phone', { line, row, result }: Checked, { reason, message }: Reject) {
    this.#seq += 1;
    return {
      mailing: this.#ref,
      seq: this.#seq,
      line,
      kind,
      reason,
      // The message may quote the name of a parameter, and PostgreSQL refuses text with a NUL.
      message: message.replaceAll('\0', '\ufffd'),
      contact_id: 'contact' in result ? result.contact.contactId : (result.contactId ?? null),
      sealed: sealReject(this.#tenant.cipher, this.#ref, this.#seq, row),
    } satisfies MailingRejectTable;
  }
}

const duplicate: Reject = {
  reason: 'duplicate',
  message: 'the contact id stands in this mailing already; the first one counts',
};

function checkRow({ row, unreadable }: MailingRow): CheckedContact | Reject {
  return unreadable === undefined
    ? readContact(row)
    : { reason: 'unreadable', message: unreadable };
}

interface ScreenedContact extends CheckedContact {
  readonly hashes: readonly string[];
}

/** Leaves out the numbers that the company's rules hold back, then those for which the telephone system has no room. */
function withoutHeld(
  result: CheckedContact | Reject,
  verdicts: Awaited<ReturnType<NumberScreen['check']>>,
  hashes: readonly string[],
  room: number,
): ScreenedContact | Reject {
  if (!('contact' in result)) return result;
  if (result.phones.length <= room && verdicts.every((verdict) => verdict === undefined))
    return { ...result, hashes };
  const kept: { readonly phone: CheckedPhone; readonly hash: string }[] = [];
  const left: Reject[] = [];
  for (const [index, phone] of result.phones.entries()) {
    const verdict = verdicts[index];
    if (verdict) {
      left.push({ reason: verdict.reason, message: `phone ${phone.place}: ${verdict.message}` });
    } else if (kept.length >= room) {
      const message = `phone ${phone.place} is one too many: the telephone system takes ${room} of a contact`;
      left.push({ reason: 'too_many_phones', message });
    } else kept.push({ phone, hash: hashes[index] ?? '' });
  }
  const [first] = left;
  if (kept.length === 0 && first) return first;
  const phones = kept.map(({ phone }) => phone);
  return {
    contact: {
      ...result.contact,
      phones: phones.map(({ areaCode, number }) => ({ areaCode, number })),
    },
    phones,
    dropped: [...result.dropped, ...left],
    hashes: kept.map(({ hash }) => hash),
  };
}
