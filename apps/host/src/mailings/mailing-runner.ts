import { TelephonyError } from '@finaz-telephony/core';
import { isStoreUnavailable } from '../store/store-error.ts';
import type { Store } from '../store/store.ts';
import type { Tenant, TenantDirectory } from '../tenants/tenant.ts';
import { holdLease, type Lease } from './lease.ts';
import { LoadLost } from './ledger-writes.ts';
import { loadMailing } from './load-mailing.ts';
import {
  LoadInterrupted,
  LoadStopped,
  LoadWork,
  toMailingError,
  type LoadDependencies,
} from './load-work.ts';
import type { MailingState } from './mailing-state.ts';
import type { ClaimedMailing, MailingRecord } from './mailing-store.ts';
import { mayLoad } from './may-load.ts';
import { isUnderWay, settleGivenUp } from './recover-contacts.ts';

export interface MailingRunnerDependencies extends LoadDependencies {
  readonly store: Store;
  readonly directory: TenantDirectory;
  /** Dialing has ended: what follows (results) brings the mailing to its end. */
  readonly onDeactivated: (tenant: Tenant, mailing: MailingRecord) => Promise<void>;
}

/**
 * Works on mailings: each is a job whose row is its own lease. Any number of hosts share them; a dead one's are taken over when their lease runs out, and
 * a frozen one can neither write nor send.
 */
export interface MailingRunner {
  readonly start: () => void;
  /** Begins nothing new, lets what is under way end. */
  readonly stop: () => Promise<void>;
}

const tickMs = 500;
/** Loads of one host at the same time. They wait for vendors nearly all the time; each has its own limits. */
const mostAtOnce = 64;
/** Of one tenant: one that loads into many queues leaves room for the others. */
const mostOfTenant = 16;
/** How long a host that shuts down waits for a file that is under way. */
const longestEndMs = 25_000;

export function createMailingRunner(dependencies: MailingRunnerDependencies): MailingRunner {
  const { mailings, directory, logger, store, clock } = dependencies;
  const running = new Map<ClaimedMailing, Promise<void>>();
  const stopping = new AbortController();
  const cutting = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  let ticking: Promise<void> | undefined;
  let stopListening = () => undefined as void;

  async function run(claimed: ClaimedMailing): Promise<void> {
    const lease = holdLease(
      mailings,
      { mailingId: claimed.id, fence: claimed.fence },
      { begins: stopping.signal, cuts: cutting.signal },
    );
    let isFault = false;
    try {
      const tenant = await directory.get(claimed.tenantId);
      const record = tenant && (await mailings.find(tenant, claimed.id));
      if (tenant && record) await workOn(tenant, record, lease);
    } catch (error) {
      if (error instanceof LoadLost || isStoreUnavailable(error)) {
        logger.warn(
          { mailing: claimed.id, reason: error instanceof Error ? error.message : String(error) },
          'work on a mailing was broken off; it goes on where it was',
        );
      } else {
        isFault = true;
        logger.error({ err: error, mailing: claimed.id }, 'work on a mailing has failed');
      }
    } finally {
      lease.stop();
      // A fault would come again at once, and again: the lease runs out first.
      if (!isFault) await mailings.release(lease.key).catch(() => undefined);
    }
  }

  async function workOn(tenant: Tenant, record: MailingRecord, lease: Lease): Promise<void> {
    if (record.state === 'deactivating') return deactivate(tenant, record, lease);
    if (record.state === 'cancelled') return settleGivenUp(dependencies, tenant, record, lease);
    // Paused between the claim and this look at it, for instance.
    if (record.state !== 'waiting' && record.state !== 'loading') return;
    const work = start(tenant, { ...record, state: 'loading', error: null }, lease);
    let state: MailingState = record.state;
    try {
      if (work instanceof TelephonyError) {
        throw new LoadStopped(toMailingError(work, 'The mailing cannot be loaded'));
      }
      if (!(await mayLoad(work, record))) return;
      state = 'loading';
      await loadMailing(work);
      logger.info({ tenant: tenant.id, mailing: record.id }, 'a mailing was loaded');
    } catch (error) {
      await ended(tenant, record, lease, error, state);
    }
  }

  function start(tenant: Tenant, record: MailingRecord, lease: Lease): LoadWork | TelephonyError {
    try {
      return new LoadWork(dependencies, tenant, record, lease);
    } catch (error) {
      if (TelephonyError.isInstance(error)) return error;
      throw error;
    }
  }

  async function ended(
    tenant: Tenant,
    record: MailingRecord,
    lease: Lease,
    error: unknown,
    from: MailingState,
  ): Promise<void> {
    if (error instanceof LoadInterrupted) {
      // Where a person has spoken, their state stands; where the host ends, another one goes on.
      await mailings.change(tenant, record, lease.key, { state: 'waiting' }, 'loading');
      return;
    }
    if (!(error instanceof LoadStopped)) throw error;
    const { reason } = error;
    logger.warn(
      { tenant: tenant.id, mailing: record.id, code: reason.code, reason: reason.message },
      'a load has stopped',
    );
    await mailings.change(tenant, record, lease.key, { state: 'stopped', error: reason }, from);
  }

  async function deactivate(tenant: Tenant, record: MailingRecord, lease: Lease): Promise<void> {
    if (isUnderWay(record)) await settleGivenUp(dependencies, tenant, record, lease);
    const work = start(tenant, record, lease);
    if (work instanceof LoadWork) {
      const { load, mailing } = work;
      // A replaced mailing has nothing in the queue any more: it is another one that is dialed.
      if (load.run.deactivate && record.replaced_at === null && record.cleared_at !== null) {
        try {
          await work.exchange(
            load,
            [],
            (context) => load.run.deactivate?.(mailing, context) ?? Promise.resolve(),
          );
        } catch (error) {
          if (!TelephonyError.isInstance(error)) throw error;
          await deactivationFailed(tenant, record, lease, error);
          return;
        }
      }
    }
    await dependencies.onDeactivated(tenant, record);
  }

  /** Safe to repeat, so it is: dialing that nobody wants any more should end. */
  async function deactivationFailed(
    tenant: Tenant,
    record: MailingRecord,
    lease: Lease,
    error: TelephonyError,
  ): Promise<void> {
    await mailings.change(tenant, record, lease.key, {
      held_until: clock() + Math.min(2000 * 2 ** record.tries, 60_000),
      tries: record.tries + 1,
      error: toMailingError(error, 'Dialing could not be ended yet'),
    });
  }

  async function tick(): Promise<void> {
    try {
      const free = mostAtOnce - running.size;
      if (free <= 0 || stopping.signal.aborted) return;
      for (const claimed of await mailings.claim(free, [...running.keys()], mostOfTenant)) {
        const work = run(claimed).finally(() => {
          running.delete(claimed);
          wake();
        });
        running.set(claimed, work);
      }
    } catch (error) {
      logger.warn({ err: error }, 'mailings could not be looked for; trying again');
    }
  }

  function wake(): void {
    if (stopping.signal.aborted || ticking) return;
    clearTimeout(timer);
    ticking = tick().finally(() => {
      ticking = undefined;
      if (!stopping.signal.aborted) timer = setTimeout(wake, tickMs);
    });
  }

  function lookAgain(tenantId: string): void {
    mailings
      .lookAgain(tenantId)
      .then(wake)
      .catch((error: unknown) =>
        logger.warn({ err: error, tenant: tenantId }, 'held mailings wait for their hour'),
      );
  }

  return {
    start() {
      const stops = [store.listen('mailings', wake), store.listen('tenants', lookAgain)];
      stopListening = () => stops.forEach((stop) => stop());
      wake();
    },
    async stop() {
      stopping.abort(new Error('the host is shutting down'));
      stopListening();
      clearTimeout(timer);
      await ticking;
      const cut = setTimeout(
        () => cutting.abort(new Error('the host is shutting down')),
        longestEndMs,
      );
      await Promise.all(running.values());
      clearTimeout(cut);
    },
  };
}
