import {
  TelephonyError,
  type Contact,
  type ContactLoadResult,
  type RejectedContact,
} from '@finaz-telephony/core';
import { createMasker } from '../../exchanges/mask.ts';
import { personalValues } from '../../exchanges/personal-values.ts';
import { rest } from '../../rest.ts';
import { insist } from '../../store/insist.ts';
import { strangers, wordsOfDoubt } from './rejected-strangers.ts';
import { judgeFailure, type Verdict } from './judge-failure.ts';
import type { LedgerMove } from '../ledger/ledger-writes.ts';
import { LoadPace } from './load-pace.ts';
import { SendSpans } from './load-spans.ts';
import type { LoadWork } from './load-work.ts';
import { toMailingError } from '../mailing-error.ts';
import { LoadStopped } from './load-ends.ts';
import { PendingContacts, type Group } from './pending-contacts.ts';
import { wordsOfRejection } from './words-of-rejection.ts';

/** What becomes of the contacts of an exchange that has failed. */
const stateAfter: Readonly<Record<Verdict, 'failed' | 'in_doubt' | 'pending'>> = {
  contact: 'failed',
  doubt: 'in_doubt',
  again: 'pending',
  stop: 'pending',
};

/**
 * Loads contacts by request, one or a batch at a time, as many at once as the connection allows.
 *
 * One loop writes the ledger: the outcomes that have come in and the contacts that go out next are one commit, so what is `sending` on the disk is at most what
 * the connection allows at once, and no request leaves before its contact is on the disk as `sending`.
 */
export async function loadContacts(work: LoadWork): Promise<void> {
  const load = new ContactLoading(work);
  try {
    await load.run();
  } finally {
    load.endSpans();
  }
}

class ContactLoading {
  readonly #work: LoadWork;
  readonly #pending: PendingContacts;
  readonly #spans: SendSpans;
  readonly #pace: LoadPace;
  #underWay = 0;
  #outcomes: LedgerMove[] = [];
  #stop: LoadStopped | undefined;
  #wake: () => void = () => undefined;
  #taken: number;
  #keeping: Promise<void> = Promise.resolve();

  constructor(work: LoadWork) {
    this.#work = work;
    this.#pending = new PendingContacts(work);
    this.#spans = new SendSpans(work);
    this.#pace = new LoadPace(work.load.connection.limits.concurrency, work.record.tries);
    this.#taken = work.record.taken ?? 0;
  }

  async run(): Promise<void> {
    for (;;) {
      const mayGoOn = this.#mayGoOn();
      const groups = mayGoOn ? await this.#take() : [];
      const outcomes = this.#outcomes;
      this.#outcomes = [];
      if (groups.length > 0 || outcomes.length > 0) await this.#write(outcomes, groups);
      for (const group of groups) void this.#send(group);
      if (this.#underWay > 0) {
        await this.#something();
        continue;
      }
      if (this.#outcomes.length > 0) continue;
      // Nothing is under way: a pause must not make the span of a page look slow.
      this.endSpans();
      if (this.#stop) throw this.#stop;
      this.#work.check();
      const restMs = this.#pace.restMs();
      if (restMs > 0) await rest(restMs, { signal: this.#work.lease.ending });
      // A contact put back while the last groups were being read is still to be sent.
      else if (mayGoOn && groups.length === 0 && this.#pending.isDone) return;
    }
  }

  endSpans(): void {
    this.#spans.close();
  }

  /** If contacts cannot be read, the load stops only after what is under way has ended: otherwise its outcomes would be lost. */
  async #take(): Promise<Group[]> {
    try {
      return await this.#pending.take(this.#free, this.#outcomes.length === 0);
    } catch (error) {
      if (!TelephonyError.isInstance(error)) throw error;
      this.#stop ??= new LoadStopped(toMailingError(error, 'The contacts cannot be read'));
      return [];
    }
  }

  /** Not while the load is held, ended or interrupted, or has its hands full. */
  #mayGoOn(): boolean {
    const { lease } = this.#work;
    return (
      !this.#stop &&
      lease.state() === 'loading' &&
      lease.isHeld() &&
      this.#work.mayGoOn() &&
      !lease.ending.aborted &&
      !this.#pace.isHeld &&
      this.#free > 0
    );
  }

  get #free(): number {
    return this.#pace.atOnce - this.#underWay;
  }

  /**
   * Outcomes must not be lost: while the store is away, the load waits and sends nothing new. A host that must end first leaves the contacts in doubt, as one
   * that dies does.
   */
  async #write(outcomes: readonly LedgerMove[], groups: readonly Group[]): Promise<void> {
    const { dependencies, key, lease, logger, tenant, record } = this.#work;
    const moves = together(outcomes, groups.flat());
    const state = await insist(() => dependencies.ledger.move(key, moves, dependencies.clock()), {
      until: lease.cut,
      onAway: (error) =>
        logger.warn(
          { tenant: tenant.id, mailing: record.id, err: error },
          'the ledger of a mailing cannot be written; the load waits for the store',
        ),
    });
    lease.saw(state);
  }

  async #send(group: Group): Promise<void> {
    this.#underWay += 1;
    const { load, mailing } = this.#work;
    const contacts = group.map(({ contact }) => contact);
    try {
      const result = await this.#spans.send(contacts.length, () =>
        this.#work.exchange(load, contacts, (context) =>
          load.run.send({ mailing, contacts: each(contacts) }, context),
        ),
      );
      this.#pace.worked();
      this.#settle(group, result.rejected);
      await this.#keep(result);
    } catch (error) {
      this.#failed(group, error);
    } finally {
      this.#underWay -= 1;
      this.#wake();
    }
  }

  /** What the vendor told about the whole mailing, written down in the order in which it came. */
  #keep(result: ContactLoadResult): Promise<void> {
    const { captures, taken } = result;
    const known = this.#work.record.captures;
    const isNew = Object.entries(captures ?? {}).some(([name, value]) => known[name] !== value);
    if (!isNew && taken === undefined) return this.#keeping;
    this.#taken += taken ?? 0;
    const change = {
      ...(isNew && captures && { captures }),
      ...(taken !== undefined && { taken: this.#taken }),
    };
    this.#keeping = this.#keeping
      .then(() => this.#work.change(change))
      .catch((error: unknown) =>
        this.#work.logger.warn(
          { mailing: this.#work.record.id, err: error },
          'what the telephone system told of a mailing could not be kept',
        ),
      );
    return this.#keeping;
  }

  #settle(group: Group, rejected: readonly RejectedContact[]): void {
    const refusals = new Map(rejected.map((one) => [one.contactId, one]));
    const { secretValues } = this.#work.load.connection;
    const strange = strangers(rejected, new Set(group.map(({ contact }) => contact.contactId)));
    const doubt = strange > 0 ? wordsOfDoubt(strange) : undefined;
    for (const { position, contact } of group) {
      const refusal = refusals.get(contact.contactId);
      const words = refusal
        ? wordsOfRejection(refusal, createMasker([secretValues, personalValues(contact)]))
        : doubt;
      this.#outcomes.push({
        position,
        from: 'sending',
        to: refusal ? 'failed' : doubt ? 'in_doubt' : 'sent',
        vendor: words ? this.#work.sealWords(position, words) : null,
      });
    }
  }

  #failed(group: Group, error: unknown): void {
    if (!TelephonyError.isInstance(error)) {
      this.#failedByFault(group, error);
      return;
    }
    const { load, lease } = this.#work;
    const verdict = judgeFailure(error, load.run.repeatable);
    const to = stateAfter[verdict];
    if (to === 'pending') this.#putBack(group, error);
    else this.#move(group, to, error);
    // The request did not leave because this host ends or its lease has run out, as while the store is away: that says nothing of the telephone system.
    const isOwnEnd = error.delivery === 'not_sent' && (lease.ending.aborted || !lease.isHeld());
    if (isOwnEnd) return;
    const stop =
      verdict === 'stop'
        ? new LoadStopped(toMailingError(error, 'The load has stopped'))
        : this.#pace.failed(error, verdict);
    this.#stop ??= stop;
  }

  /** A defect of this host: whether the contacts have left is unknown. */
  #failedByFault(group: Group, error: unknown): void {
    this.#move(group, 'in_doubt', undefined);
    this.#stop ??= new LoadStopped({
      code: 'internal',
      message: 'The load has failed by a fault of the host; its log holds the cause.',
    });
    this.#work.logger.error({ err: error, mailing: this.#work.record.id }, 'a load has failed');
  }

  #move(group: Group, to: 'failed' | 'in_doubt', error: TelephonyError | undefined): void {
    for (const { position } of group)
      this.#outcomes.push({
        position,
        from: 'sending',
        to,
        vendor: error ? this.#wordsOf(error, position) : null,
      });
  }

  /** The contacts are sent again. If the telephone system may have them, they keep the words that say why. */
  #putBack(group: Group, error: TelephonyError): void {
    const back =
      error.delivery === 'unknown'
        ? group.map((row) => ({ ...row, vendor: this.#wordsOf(error, row.position) }))
        : group;
    for (const { position, vendor } of back)
      this.#outcomes.push({ position, from: 'sending', to: 'pending', vendor });
    this.#pending.putBack(back);
  }

  #wordsOf({ code, message, vendor }: TelephonyError, position: number): string {
    return this.#work.sealWords(position, { code, message, ...(vendor && { vendor }) });
  }

  /** Resolves when an exchange has ended; what ends in the same turn is written together. */
  async #something(): Promise<void> {
    if (this.#outcomes.length > 0) return;
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
    this.#wake = () => undefined;
  }
}

/**
 * Outcomes and departures, one move for each contact: a contact that is put back and goes out again in the same commit stays `sending`. Two moves of one
 * contact in one commit would not see each other.
 */
function together(outcomes: readonly LedgerMove[], leaving: Group): LedgerMove[] {
  const back = new Set(
    outcomes.filter(({ to }) => to === 'pending').map(({ position }) => position),
  );
  const again = new Set(leaving.map(({ position }) => position).filter((at) => back.has(at)));
  const claims = leaving
    .filter(({ position }) => !again.has(position))
    .map(({ position }): LedgerMove => ({
      position,
      from: 'pending',
      to: 'sending',
      vendor: null,
    }));
  return [...outcomes.filter(({ position }) => !again.has(position)), ...claims];
}

/**
 * May be read more than once, each time from the first contact: otherwise an adapter whose telephone system required a new login would send none. Copies,
 * because an untyped adapter may write into them, and contacts that are put back would go out changed.
 */
const each = (contacts: readonly Contact[]): AsyncIterable<Contact> => ({
  async *[Symbol.asyncIterator]() {
    for (const contact of contacts) yield copyOf(contact);
  },
});

const copyOf = ({ phones, parameters, ...contact }: Contact): Contact => ({
  ...contact,
  phones: phones.map((phone) => ({ ...phone })),
  ...(parameters && { parameters: { ...parameters } }),
});
