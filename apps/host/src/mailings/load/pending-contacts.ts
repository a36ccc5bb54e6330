import { TelephonyError } from '@finaz-telephony/core';
import { insist } from '../../store/insist.ts';
import type { LedgerContact } from '../ledger/contact-pages.ts';
import type { LoadWork } from './load-work.ts';
import { PendingScreen } from './screen-pending.ts';

/** Contacts that go out together: one, or a batch. */
export type Group = readonly LedgerContact[];

/** Opened in one go: more would keep the calls of other tenants waiting. */
const readAhead = 200;

/** Contacts that wait here for so long, because the load is slow, are screened again: the do-not-call list may have grown. */
const screenAgainMs = 2000;

/** Pending contacts in the order of the mailing, read ahead of their sending. */
export class PendingContacts {
  readonly #work: LoadWork;
  readonly #screen: PendingScreen;
  /** Contacts that were put back; they go out before all others. The ledger may still have them as `sending`. */
  #returned: LedgerContact[] = [];
  #ahead: readonly LedgerContact[] = [];
  #screenedAt = 0;
  #position = 0;
  #isAtEnd = false;

  constructor(work: LoadWork) {
    this.#work = work;
    this.#screen = new PendingScreen(work);
  }

  /**
   * The next groups, at most `groups`. If reading fails, the groups read before; throws only if there are none.
   *
   * @param isWritten whether the contacts that were put back are `pending` in the ledger by now
   */
  async take(groups: number, isWritten: boolean): Promise<Group[]> {
    await this.#screenAgain(isWritten);
    const taken: Group[] = [];
    while (taken.length < groups) {
      const group = await this.#nextGroup(taken.length > 0);
      if (group.length === 0) break;
      taken.push(group);
    }
    return taken;
  }

  /** None is left to take. */
  get isDone(): boolean {
    return this.#isAtEnd && this.#count === 0;
  }

  /** The contacts are pending again, and go out before all others. */
  putBack(contacts: Group): void {
    this.#returned = [...contacts, ...this.#returned];
  }

  get #count(): number {
    return this.#returned.length + this.#ahead.length;
  }

  async #nextGroup(hasOthers: boolean): Promise<Group> {
    const { batch } = this.#work.load.run;
    try {
      // The lightest contact weighs 1, so no batch has more contacts than its size.
      await this.#fill(batch?.size ?? 1);
    } catch (error) {
      // What was read before goes out first; the next read fails as well, and throws then.
      if (!TelephonyError.isInstance(error) || (!hasOthers && this.#count === 0)) throw error;
    }
    if (!batch) return this.#shift(1);
    let weight = 0;
    let count = 0;
    for (const { contact } of [...this.#returned, ...this.#ahead.slice(0, batch.size)]) {
      weight += batch.weigh(contact);
      if (weight > batch.size && count > 0) break;
      count += 1;
    }
    return this.#shift(count);
  }

  #shift(count: number): Group {
    const returned = this.#returned.splice(0, count);
    const ahead = this.#ahead.slice(0, count - returned.length);
    this.#ahead = this.#ahead.slice(ahead.length);
    return [...returned, ...ahead];
  }

  async #fill(wanted: number): Promise<void> {
    const { dependencies, tenant, record } = this.#work;
    while (this.#count < wanted && !this.#isAtEnd) {
      const rows = await this.#insist(() =>
        dependencies.ledger.read(tenant.cipher, record.ref, 'pending', this.#position, readAhead),
      );
      const passed = await this.#pass(rows);
      this.#isAtEnd = rows.length === 0;
      this.#position = rows.at(-1)?.position ?? this.#position;
      this.#ahead = [...this.#ahead, ...passed];
    }
  }

  async #screenAgain(isWritten: boolean): Promise<void> {
    if (this.#count === 0 || performance.now() - this.#screenedAt < screenAgainMs) return;
    if (isWritten && this.#returned.length > 0) {
      const returned = this.#returned;
      this.#returned = [];
      const passed = await this.#pass(returned);
      // Before those that were put back meanwhile.
      this.#returned = [...passed, ...this.#returned];
    }
    if (this.#ahead.length > 0) this.#ahead = await this.#pass(this.#ahead);
  }

  async #pass(rows: readonly LedgerContact[]): Promise<readonly LedgerContact[]> {
    const passed = await this.#insist(() => this.#screen.pass(rows));
    this.#screenedAt = performance.now();
    return passed;
  }

  /** Waits while the store is away: a load that broke off would lose the outcomes of what is under way, and leave it in doubt. */
  #insist<Result>(ask: () => Promise<Result>): Promise<Result> {
    return insist(ask, { until: this.#work.lease.ending });
  }
}
