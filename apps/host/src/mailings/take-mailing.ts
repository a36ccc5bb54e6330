import type { Parameters } from '@finaz-telephony/core';
import type { MailingRejectTable } from '../store/schema.ts';
import { boundFeature } from '../calls/feature-work.ts';
import { invalidRequest } from '../http/error-response.ts';
import { stillUnanswered } from '../http/idempotency-keys.ts';
import { newRowId } from '../store/row-id.ts';
import { numberKey } from '../rules/number-tally.ts';
import type { NumberScreen } from '../rules/number-screen.ts';
import { insist } from '../store/insist.ts';
import type { TenantCipher } from '../store/vault.ts';
import type { Tenant } from '../tenants/tenant.ts';
import { firstOf, lineOf, pageSize, sealPage, type PageContact } from './contact-pages.ts';
import type { Ledger } from './ledger.ts';
import type { MailingIntakes } from './mailing-intakes.ts';
import type { MailingRow } from './mailing-rows.ts';
import type { MailingStore } from './mailing-store.ts';
import {
  readContact,
  type CheckedContact,
  type CheckedPhone,
  type Reject,
} from './read-contact.ts';
import { SortedNumbers } from './sorted-numbers.ts';

export interface IntakeDependencies {
  readonly mailings: MailingStore;
  readonly intakes: MailingIntakes;
  readonly ledger: Ledger;
  readonly openScreen: (tenant: Tenant) => Promise<NumberScreen>;
  readonly clock: () => number;
}

export interface TakenMailing {
  readonly mailingId: string;
  readonly total: number;
  readonly rejected: number;
}

/** Rows of one commit: their contacts are one page. */
const chunkRows = pageSize;
const keepAliveMs = 3000;
/** Less than a sender waits for its answer. */
const longestUnheardMs = 20_000;
const longestWithdrawalMs = 600_000;

/**
 * Takes a mailing in: every row checked by itself, everything on the disk when it resolves, in flat memory. A mailing that does not arrive whole leaves
 * nothing behind.
 *
 * @param begin told the id before any contact is stored; what it throws ends the intake
 */
export async function takeMailing(
  dependencies: IntakeDependencies,
  tenant: Tenant,
  mailing: { readonly queue: string; readonly parameters: Parameters },
  rows: AsyncIterable<MailingRow>,
  begin: (mailingId: string) => Promise<void>,
): Promise<TakenMailing> {
  const { intakes } = dependencies;
  const mailingId = newRowId();
  const ref = await intakes.create(tenant, { id: mailingId, ...mailing });
  const alive = setInterval(() => {
    intakes.keepReceiving(mailingId).catch(() => undefined);
  }, keepAliveMs);
  try {
    await begin(mailingId);
    const intake = new Intake(
      dependencies,
      tenant,
      ref,
      await dependencies.openScreen(tenant),
      boundFeature(tenant, 'contactLoad').run.mostPhones,
    );
    let chunk: MailingRow[] = [];
    for await (const row of rows) {
      chunk.push(row);
      if (chunk.length < chunkRows) continue;
      await intake.add(chunk);
      chunk = [];
    }
    await intake.add(chunk);
    await intake.end();
    const { total, rejected, areaCodes } = intake;
    if (total + rejected === 0) {
      throw invalidRequest([{ path: 'body', message: 'has no contact' }], 'The mailing is empty.');
    }
    const counts = { total, rejected, areaCodes: [...areaCodes].toSorted() };
    // Where the connection breaks just now, it may be stored: whoever were told that it was not would send it once more.
    const until = AbortSignal.timeout(longestUnheardMs);
    await insist(() => intakes.received(mailingId, counts), { until });
    return { mailingId, total, rejected };
  } catch (error) {
    // What cannot be taken away now is swept later: it has no one who keeps it alive.
    await intakes.giveUp(mailingId, ref).catch(() => {
      // Whoever was told that it was not taken sends it again: it must not be loaded beside that.
      const until = AbortSignal.timeout(longestWithdrawalMs);
      insist(() => intakes.withdraw(mailingId), { until }).catch(() => undefined);
    });
    throw error;
  } finally {
    clearInterval(alive);
  }
}

/**
 * What became of a mailing whose host died before it answered: complete, or gone, so that it is taken in anew.
 *
 * @throws {RequestError} where its intake may still live
 */
export async function takenBefore(
  { intakes, mailings }: Pick<IntakeDependencies, 'intakes' | 'mailings'>,
  tenant: Tenant,
  mailingId: string,
): Promise<TakenMailing | undefined> {
  if ((await intakes.sweep(mailingId)) === 'lives') throw stillUnanswered();
  const record = await mailings.find(tenant, mailingId);
  return record && { mailingId, total: record.total, rejected: record.rejected };
}

interface Checked {
  readonly line: number;
  readonly row: unknown;
  readonly result: CheckedContact | Reject;
}

class Intake {
  total = 0;
  rejected = 0;
  readonly areaCodes = new Set<string>();
  readonly #dependencies: IntakeDependencies;
  readonly #tenant: Tenant;
  readonly #ref: number;
  readonly #screen: NumberScreen;
  /** For how many numbers of a contact the telephone system has room. */
  readonly #room: number;
  readonly #numbers: SortedNumbers;
  /** Pages that are written. */
  #pages = 0;
  #seq = 0;

  constructor(
    dependencies: IntakeDependencies,
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

  /** Nothing more comes: what is held back is written. */
  end(): Promise<void> {
    return this.#numbers.flush();
  }

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
      message,
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

const rejectPlace = (ref: number, seq: number) => `mailings/${ref}/rejects/${seq}`;

function sealReject(cipher: TenantCipher, ref: number, seq: number, row: unknown): string {
  return cipher.seal(rejectPlace(ref, seq), textOf(row).slice(0, 10_000));
}

function textOf(row: unknown): string {
  try {
    return JSON.stringify(row ?? null);
  } catch {
    // Nested so deep that it cannot be written.
    return 'null';
  }
}

/** The row as it came, for the file of what was not taken. */
export function openReject(
  cipher: TenantCipher,
  row: Pick<MailingRejectTable, 'mailing' | 'seq' | 'sealed'>,
): string {
  return cipher.open(rejectPlace(row.mailing, row.seq), row.sealed);
}
