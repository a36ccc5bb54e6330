import { TelephonyError } from '@finaz-telephony/core';
import { isStoreUnavailable } from '../../store/store-error.ts';
import type { TellSeldom } from '../../tell-seldom.ts';
import { isSameTenant } from '../../tenants/same-tenant.ts';
import type { Tenant, TenantDirectory } from '../../tenants/tenant.ts';
import { holdLease, type Lease } from './lease.ts';
import { LoadLost } from '../ledger/ledger-writes.ts';
import { loadMailing } from './load-mailing.ts';
import { inStepSpan } from './load-spans.ts';
import { LoadWork, type LoadDependencies } from './load-work.ts';
import { toMailingError, type MailingError } from '../mailing-error.ts';
import { LoadHeld, LoadInterrupted, LoadStopped } from './load-ends.ts';
import type { MailingState } from '../mailing-state.ts';
import type { ClaimedMailing } from '../mailing-claims.ts';
import type { MailingRecord } from '../mailing-store.ts';
import { mayLoad, waitForQueue } from './may-load.ts';
import { isUnderWay, settleGivenUp } from './recover-contacts.ts';
import { loadedThrough } from '../loaded-through.ts';
import type { BoundFeature } from '../../tenants/bound-feature.ts';
import { messageOf } from '../../thrown.ts';

export interface MailingWorkDependencies extends LoadDependencies {
  readonly directory: TenantDirectory;
  /** Logs seldom: if a company's document cannot be read, each of its mailings fails again whenever its lease has run out. */
  readonly tellFault: TellSeldom;
  /** Called once dialing has ended: the fetch of the results then finishes the mailing. */
  readonly onDeactivated: (tenant: Tenant, mailing: MailingRecord) => Promise<void>;
}

/** A mailing that this host has claimed, as it was found. */
interface Job {
  readonly dependencies: MailingWorkDependencies;
  readonly tenant: Tenant;
  readonly record: MailingRecord;
  readonly lease: Lease;
}

/** Works on a mailing that this host has claimed until it rests, or the host ends; then gives it back. What goes wrong is in the log. */
export async function workOnMailing(
  dependencies: MailingWorkDependencies,
  claimed: ClaimedMailing,
  since: number,
  shutdown: Parameters<typeof holdLease>[3],
): Promise<void> {
  const { directory, logger, mailings, tellFault } = dependencies;
  const of = { tenant: claimed.tenantId, mailing: claimed.id };
  const lease = holdLease(
    mailings,
    { mailingId: claimed.id, fence: claimed.fence },
    since,
    shutdown,
  );
  let hasBegun = false;
  let isFault = false;
  try {
    const tenant = await directory.get(claimed.tenantId);
    if (!tenant) {
      await mailings.giveUpOrphan(lease.key);
      return;
    }
    const listed = await mailings.findListed(tenant, claimed.id);
    if (listed?.state === 'cancelled') await settleGivenUp(dependencies, listed, lease);
    else {
      const record = await mailings.find(tenant, claimed.id);
      hasBegun = true;
      if (record) await workOn({ dependencies, tenant, record, lease });
    }
    // A document saved meanwhile has woken the mailings that were waiting, but this one was not waiting yet.
    const current = await directory.get(claimed.tenantId);
    if (current && !isSameTenant(current, tenant)) await mailings.lookAgain(tenant.id);
  } catch (error) {
    if (error instanceof LoadLost) {
      logger.warn({ ...of, reason: messageOf(error) }, 'work on a mailing was broken off');
    } else if (isStoreUnavailable(error)) {
      logger.warn(
        { ...of, reason: messageOf(error) },
        'work on a mailing was broken off; it goes on where it was',
      );
    } else {
      isFault = true;
      tellFault({ ...of, err: error }, 'work on a mailing has failed');
    }
  } finally {
    lease.stop();
    // After a fault the lease is left to run out: if it were released, the mailing would fail again at once, over and over.
    if (!isFault) await mailings.release(lease.key).catch(() => undefined);
    // Claimed again and again, a mailing that cannot be read would otherwise keep others from its queue for ever.
    else if (!hasBegun) await mailings.putOff(lease.key).catch(() => undefined);
  }
}

async function workOn(job: Job): Promise<void> {
  const { dependencies, tenant, record } = job;
  if (record.state === 'deactivating') return deactivate(job);
  // Paused between the claim and this look at it, for instance.
  if (record.state !== 'waiting' && record.state !== 'loading') return;
  const work = loadOf({ ...job, record: { ...record, state: 'loading', error: null } });
  let state: MailingState = record.state;
  try {
    if (work instanceof TelephonyError) {
      throw new LoadStopped(toMailingError(work, 'The mailing cannot be loaded'));
    }
    if (!(await mayLoad(work, record))) return;
    state = 'loading';
    await loadMailing(work);
    dependencies.logger.info({ tenant: tenant.id, mailing: record.id }, 'a mailing was loaded');
  } catch (error) {
    await loadEnded(job, error, state);
  }
}

/** Returns the error, for instance if the feature is off. */
function loadOf({ dependencies, tenant, record, lease }: Job): LoadWork | TelephonyError {
  try {
    return new LoadWork(dependencies, tenant, record, lease);
  } catch (error) {
    if (TelephonyError.isInstance(error)) return error;
    throw error;
  }
}

async function loadEnded(job: Job, error: unknown, from: MailingState): Promise<void> {
  const { dependencies, tenant, record, lease } = job;
  const { logger, mailings, clock } = dependencies;
  if (error instanceof LoadHeld) {
    // The mailing stays `loading` and keeps its queue; later it goes on as if it had never given up its place.
    const { forMs, failures, reason } = error;
    const change = { held_until: clock() + forMs, tries: failures, error: reason };
    await mailings.change(tenant, record, lease.key, change, 'loading');
    return;
  }
  if (error instanceof LoadInterrupted) {
    // If a person has changed the state, that stands; if the host is ending, another one goes on.
    await mailings.change(tenant, record, lease.key, { state: 'waiting' }, 'loading');
    return;
  }
  const reason = reasonOf(error);
  if (!reason) throw error;
  logger.warn(
    { tenant: tenant.id, mailing: record.id, code: reason.code, reason: reason.message },
    'a load has stopped',
  );
  await mailings.change(tenant, record, lease.key, { state: 'stopped', error: reason }, from);
}

/** Why the load stops. An error that another try would meet again, such as a stored value that does not open, is for a person. */
function reasonOf(error: unknown): MailingError | undefined {
  if (error instanceof LoadStopped) return error.reason;
  if (TelephonyError.isInstance(error)) return toMailingError(error, 'The load has stopped');
  return undefined;
}

async function deactivate(job: Job): Promise<void> {
  const { dependencies, tenant, record, lease } = job;
  if (isUnderWay(record) || record.file_at !== null)
    await settleGivenUp(dependencies, record, lease);
  if (await isDialed(job)) {
    const load = loadedThrough(tenant, record.connection);
    if (!load && record.connection !== null) {
      if (tenant.unusable.has(record.connection))
        await deactivationFailed(job, asItStands(record.connection));
      else await cannotEndDialing(job, record.connection);
      return;
    }
    if (load?.run.deactivate && !(await dialingHasEnded(job, load))) return;
  }
  await dependencies.onDeactivated(tenant, record);
}

/** A mailing that never cleared the queue, or whose queue another one has cleared since, is not dialed: the other one is. */
async function isDialed({ record, tenant, dependencies }: Job): Promise<boolean> {
  const now = await dependencies.mailings.find(tenant, record.id);
  return now !== undefined && now.in_queue_since !== null;
}

async function dialingHasEnded(job: Job, load: BoundFeature<'contactLoad'>): Promise<boolean> {
  const { dependencies, tenant, record, lease } = job;
  // If the company loads through another connection now, no mailing is on its way into the queue at this one.
  const connection = load.connection.name;
  const isInUse = connection === tenant.bindings.contactLoad;
  const taken = isInUse ? await dependencies.queues.takenFrom(record, connection) : undefined;
  if (taken) return waitForQueue({ ...job, connection }, taken);
  try {
    await endDialing(new LoadWork(dependencies, tenant, record, lease, load));
    return true;
  } catch (error) {
    if (!TelephonyError.isInstance(error)) throw error;
    await deactivationFailed(job, error);
    return false;
  }
}

/** The mailing stops with an error: if it counted as ended, its contacts would be dialed on, and nobody would know. */
async function cannotEndDialing(
  { dependencies, tenant, record, lease }: Job,
  connection: string,
): Promise<void> {
  const error = {
    code: 'conflict',
    message: `The mailing was loaded through the connection "${connection}", which is no longer in the document of the company or cannot load, so its dialing could not be ended.`,
    hint: 'Put the connection back, under this name if it was renamed, and deactivate the mailing again. If that telephone system is no longer used, cancel the mailing.',
  };
  const change = { state: 'stopped', error } as const;
  await dependencies.mailings.change(tenant, record, lease.key, change, 'deactivating');
}

/** The connection may become usable again, for instance once its secret is set. */
const asItStands = (connection: string): TelephonyError =>
  new TelephonyError({
    code: 'invalid_config',
    message: `The mailing was loaded through the connection "${connection}", which cannot be used as it stands.`,
    hint: 'Save the tenant document again: the answer names what is wrong, a secret that is not set for instance. If that telephone system is no longer used, remove the connection from the document.',
    feature: 'contactLoad',
  });

async function endDialing(work: LoadWork): Promise<void> {
  const { load, mailing } = work;
  const { deactivate: end } = load.run;
  if (!end) return;
  await inStepSpan(work, 'deactivate', () =>
    work.exchange(load, [], (context) => end(mailing, context)),
  );
}

/** Tries again later, which is safe: dialing that nobody wants any more should end. */
async function deactivationFailed(
  { dependencies, tenant, record, lease }: Job,
  error: TelephonyError,
): Promise<void> {
  const { mailings, clock } = dependencies;
  await mailings.change(tenant, record, lease.key, {
    held_until: clock() + Math.min(2000 * 2 ** record.tries, 60_000),
    tries: record.tries + 1,
    error: toMailingError(error, 'Dialing could not be ended yet'),
  });
}
