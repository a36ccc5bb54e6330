import { formatPhone } from '@finaz-telephony/core';
import { insist } from '../../store/insist.ts';
import type { HeldNumber, NumberScreen } from '../../rules/number-screen.ts';
import type { LedgerContact } from '../ledger/contact-pages.ts';
import { ledgerPages, type Ledger } from '../ledger/ledger.ts';
import type { LedgerMove } from '../ledger/ledger-writes.ts';
import type { LoadWork } from './load-work.ts';
import { LoadInterrupted } from './load-ends.ts';
import type { MailingError } from '../mailing-error.ts';
import { leaseMs } from '../mailing-state.ts';

/** Contacts screened at intake so recently are not checked again against earlier calls, which is expensive; the do-not-call list always is. */
const freshMs = 60_000;

/**
 * Screens contacts that have waited (for their turn, for the morning, for a person) by the rules of the company as they are now: a number may be on the do-not-call
 * list by now. A contact without a number that may be called fails, with the rule as its reason.
 */
export class PendingScreen {
  readonly #work: LoadWork;
  #listAlone: NumberScreen | undefined;
  #whole: NumberScreen | undefined;

  constructor(work: LoadWork) {
    this.#work = work;
  }

  /** The contacts that may be sent, each with only the numbers that may be called. */
  async pass(rows: readonly LedgerContact[]): Promise<readonly LedgerContact[]> {
    const { dependencies, tenant, key, lease } = this.#work;
    if (rows.length === 0) return rows;
    const screen = await this.#screen();
    if (await screen.isOff()) return rows;
    const hashes = rows.map(({ contact }) =>
      contact.phones.map((phone) => tenant.cipher.hash(formatPhone(phone, 'e164'))),
    );
    const verdicts = await screen.check(hashes.flat());
    if (verdicts.every((verdict) => verdict === undefined)) return rows;
    const passed: LedgerContact[] = [];
    const held: LedgerMove[] = [];
    let next = 0;
    for (const row of rows) {
      const { position, contact } = row;
      const own = verdicts.slice(next, (next += contact.phones.length));
      const phones = contact.phones.filter((_, index) => own[index] === undefined);
      const [reason] = own.filter((verdict) => verdict !== undefined);
      if (phones.length > 0 || !reason) passed.push({ ...row, contact: { ...contact, phones } });
      else held.push(this.#held(position, reason));
    }
    if (held.length > 0) lease.saw(await dependencies.ledger.move(key, held, dependencies.clock()));
    return passed;
  }

  async #screen(): Promise<NumberScreen> {
    const { dependencies, tenant, record } = this.#work;
    if (dependencies.clock() - record.created_at < freshMs)
      return (this.#listAlone ??= await dependencies.openScreen({ ...tenant, rules: {} }));
    return (this.#whole ??= await dependencies.openScreen(tenant));
  }

  #held(position: number, { reason, message }: HeldNumber): LedgerMove {
    const vendor = this.#work.sealWords(position, {
      code: reason,
      message: `Not sent: ${message}.`,
    });
    return { position, from: 'pending', to: 'failed', vendor };
  }
}

/** The pending contacts of a mailing that may be sent, in pages; a page may be empty. */
export async function* screenedPages(
  work: LoadWork,
  size: number,
): AsyncGenerator<readonly LedgerContact[]> {
  const { dependencies, tenant, record, lease } = work;
  const screen = new PendingScreen(work);
  // Waits while the store is briefly away: a file that broke off would have to start over, or be in doubt. After that time the lease has run out.
  const patient: typeof insist = (ask) =>
    insist(ask, { until: AbortSignal.any([lease.ending, AbortSignal.timeout(leaseMs)]) });
  const read: Ledger['read'] = (...where) => patient(() => dependencies.ledger.read(...where));
  const pages = ledgerPages({ read }, tenant.cipher, record.ref, 'pending', size);
  for await (const rows of pages) yield await patient(() => screen.pass(rows));
}

/** Few: nearly always the first of them may be sent. */
const firstLook = 50;

/** Whether any pending contact may be sent by the present rules. Contacts before it that may not be sent become `failed`. */
export async function anyMayBeSent(work: LoadWork): Promise<boolean> {
  const { lease } = work;
  for await (const contacts of screenedPages(work, firstLook)) {
    if (contacts.length > 0) return true;
    if (lease.ending.aborted || !lease.isHeld()) throw new LoadInterrupted();
  }
  return false;
}

/** Whether contacts of a mailing are at the telephone system, or may be. */
export const mayBeThere = ({ record }: LoadWork): boolean =>
  // A file that was on its way when a host died may be there whole.
  record.sent + record.sending + record.in_doubt > 0 || record.file_at !== null;

/** The error of a mailing that has nothing to load. */
export function nothingToLoad({ total, cleared_at }: LoadWork['record']): MailingError {
  const queue = cleared_at === null ? 'the queue was left as it is' : 'the queue is empty';
  if (total === 0) {
    return {
      code: 'nothing_to_load',
      message: `None of its rows was taken, so nothing was sent, and ${queue}.`,
      hint: 'Its rejects say why. Correct them, or wait until they may be called again, and send them as a new mailing.',
    };
  }
  return {
    code: 'nothing_to_load',
    message: `None of its contacts may be sent, so nothing was loaded, and ${queue}.`,
    hint: 'Its failed contacts say why, for instance a rule of the company. Retry the mailing when they may be called, or cancel it.',
  };
}
