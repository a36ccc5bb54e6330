import {
  formatPhone,
  type AdapterContext,
  type Contact,
  type FeatureName,
  type Logger,
  type Mailing,
} from '@finaz-telephony/core';
import { boundFeature, type BoundFeature } from '../../tenants/bound-feature.ts';
import { runMeasured, type MeasuredWorkplace } from '../../adapter-work/in-context.ts';
import { subjectOf, type ExchangeSubject } from '../../exchanges/exchange-log.ts';
import { personalValues } from '../../exchanges/personal-values.ts';
import type { NumberScreen } from '../../rules/number-screen.ts';
import type { Tenant } from '../../tenants/tenant.ts';
import type { Lease } from './lease.ts';
import { LoadInterrupted } from './load-ends.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { LedgerKey } from '../ledger/ledger-writes.ts';
import {
  toMailing,
  type MailingChange,
  type MailingRecord,
  type MailingStore,
} from '../mailing-store.ts';
import type { MailingState } from '../mailing-state.ts';
import type { QueueOwners } from '../queue-owners.ts';
import { sealWords, type ContactWords } from '../vendor-words.ts';

export interface LoadDependencies extends MeasuredWorkplace {
  readonly mailings: MailingStore;
  readonly queues: QueueOwners;
  readonly ledger: Ledger;
  readonly openScreen: (tenant: Tenant) => Promise<NumberScreen>;
  /** Whether the company's document and secrets are still those of `tenant`, as far as this host knows. */
  readonly isCurrent: (tenant: Tenant) => boolean;
  /** When numbers with these area codes may be called: now, or the moment when they may; `undefined`: never. */
  readonly opensAt: (tenant: Tenant, areaCodes: readonly string[]) => number | undefined;
  readonly clock: () => number;
}

/** The log keeps the first exchanges of a mailing, then one in a thousand, and every failure. */
const firstKept = 20;
const oneIn = 1000;
/** How often the calling hours and the document of the company are checked. */
const lookEveryMs = 1000;

/** One mailing on its way through a load by this host. */
export class LoadWork {
  readonly dependencies: LoadDependencies;
  readonly tenant: Tenant;
  readonly lease: Lease;
  readonly load: BoundFeature<'contactLoad'>;
  record: MailingRecord;
  #exchanges = 0;
  #look = { mayGoOn: true, at: Number.NEGATIVE_INFINITY };

  constructor(
    dependencies: LoadDependencies,
    tenant: Tenant,
    record: MailingRecord,
    lease: Lease,
    load = boundFeature(tenant, 'contactLoad'),
  ) {
    this.dependencies = dependencies;
    this.tenant = tenant;
    this.record = record;
    this.lease = lease;
    this.load = load;
  }

  get clear(): BoundFeature<'contactClear'> | undefined {
    return this.tenant.bindings.contactClear === undefined
      ? undefined
      : boundFeature(this.tenant, 'contactClear');
  }

  get key(): LedgerKey {
    return { ...this.lease.key, ref: this.record.ref };
  }

  get mailing(): Mailing {
    return toMailing(this.record);
  }

  get logger(): Logger {
    return this.dependencies.logger;
  }

  /**
   * Whether people may be called now, and the company's document and secrets are still those that the load began with. A load that runs past the calling hours
   * goes on when they open; after a change of document or secret it goes on at once with the new ones.
   */
  mayGoOn(): boolean {
    const { isCurrent, opensAt, clock } = this.dependencies;
    const now = clock();
    // The clock may be set back.
    if (Math.abs(now - this.#look.at) >= lookEveryMs) {
      const opens = opensAt(this.tenant, this.record.areaCodes);
      const isOpen = opens !== undefined && opens <= now;
      this.#look = { mayGoOn: isOpen && isCurrent(this.tenant), at: now };
    }
    return this.#look.mayGoOn;
  }

  /** Seals words about a contact for the ledger. */
  sealWords(position: number, words: ContactWords): string {
    return sealWords(this.tenant.cipher, this.record.ref, position, words);
  }

  /** @throws {LoadInterrupted} when it is not to go on. */
  check(): void {
    if (this.lease.ending.aborted || !this.lease.isHeld()) throw new LoadInterrupted();
    if (!this.mayGoOn()) throw new LoadInterrupted();
    if (this.lease.state() !== 'loading') throw new LoadInterrupted();
  }

  /** @throws {LoadInterrupted} where a person has changed the state meanwhile. */
  async change(change: MailingChange, from?: MailingState): Promise<void> {
    const { mailings } = this.dependencies;
    const written = await mailings.change(this.tenant, this.record, this.lease.key, change, from);
    if (!written) throw new LoadInterrupted();
    const { captures, ...plain } = change;
    this.record = {
      ...this.record,
      ...plain,
      ...(captures && { captures: { ...this.record.captures, ...captures } }),
    };
  }

  /** Reads the counts of contacts by state again, after moves that only the ledger knows of. */
  async countAgain(): Promise<void> {
    const found = await this.dependencies.mailings.find(this.tenant, this.record.id);
    if (!found) throw new LoadInterrupted();
    const { pending, sending, sent, failed, in_doubt } = found;
    this.record = { ...this.record, pending, sending, sent, failed, in_doubt };
  }

  /**
   * Runs one exchange of a feature, measured and logged.
   *
   * @param contacts the contacts it is about, if they are few: their personal data is masked, and an exchange about a single contact can be found by it
   * @throws {TelephonyError} masked
   */
  async exchange<Result>(
    feature: BoundFeature<FeatureName>,
    contacts: readonly Contact[],
    run: (context: AdapterContext) => Promise<Result>,
  ): Promise<Result> {
    const { dependencies, tenant, lease } = this;
    this.#exchanges += 1;
    const isKept = this.#exchanges <= firstKept || this.#exchanges % oneIn === 0;
    return runMeasured(
      dependencies,
      feature,
      {
        tenant,
        personal: contacts.flatMap(personalValues),
        signal: lease.cut,
        about: () => ({ ...this.#subjectOf(contacts), attemptId: this.record.id }),
        mayLeave: lease.isHeld,
        keeps: (isSuccess) => isKept || !isSuccess,
      },
      run,
    );
  }

  #subjectOf([contact, ...others]: readonly Contact[]): ExchangeSubject {
    if (!contact || others.length > 0) return {};
    const [phone] = contact.phones;
    return subjectOf(this.tenant.cipher, {
      contactId: contact.contactId,
      ...(phone && { number: formatPhone(phone, 'e164') }),
    });
  }
}
