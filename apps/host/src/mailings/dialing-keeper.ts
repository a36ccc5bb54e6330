import { isStoreUnavailable } from '../store/store-error.ts';
import { createTellSeldom } from '../tell-seldom.ts';
import type { Tenant, TenantDirectory } from '../tenants/tenant.ts';
import { adapterFailure } from '../adapter-work/adapter-failure.ts';
import type { BoundFeature } from '../tenants/bound-feature.ts';
import { inContext, type LoggedWorkplace } from '../adapter-work/in-context.ts';
import { holdLease, type Lease } from './load/lease.ts';
import type { LoadDependencies } from './load/load-work.ts';
import { toMailingError } from './mailing-error.ts';
import { loadedThrough } from './loaded-through.ts';
import type { ClaimedMailing, DialedMailing } from './mailing-claims.ts';
import { toMailing, type MailingRecord } from './mailing-store.ts';

export interface DialingKeeperDependencies
  extends LoggedWorkplace, Pick<LoadDependencies, 'mailings' | 'opensAt' | 'clock'> {
  readonly directory: TenantDirectory;
}

/** Keeps active mailings dialing: after a restart, a telephone system has forgotten that it should dial. */
export interface DialingKeeper {
  readonly start: () => void;
  readonly stop: () => Promise<void>;
}

const everyMs = 30_000;
/** Between two looks for mailings that are due. */
const tickMs = 5000;
/** Companies served at the same time, each one mailing after the other. */
const mostAtOnce = 64;

type Load = BoundFeature<'contactLoad'>;

export function createDialingKeeper(dependencies: DialingKeeperDependencies): DialingKeeper {
  const { mailings, directory, logger, clock } = dependencies;
  const stopping = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  let ticking: Promise<void> = Promise.resolve();
  /** By company, so that a slow telephone system, or an adapter that never returns, holds up its own company alone. */
  const looking = new Map<string, Promise<void>>();
  const tellSeldom = createTellSeldom(logger);

  /** Dialing that ended by itself outside the calling hours is started again only when they open. */
  function isOpen(tenant: Tenant, { areaCodes }: MailingRecord): boolean {
    const opens = dependencies.opensAt(tenant, areaCodes);
    return opens !== undefined && opens <= clock();
  }

  async function lookAll(tenantId: string, due: readonly DialedMailing[]): Promise<void> {
    const tenant = await directory.get(tenantId);
    if (tenant?.bindings.contactLoad === undefined) return;
    for (const claimed of due) {
      if (stopping.signal.aborted) return;
      const load = loadedThrough(tenant, claimed.connection);
      if (load?.run.keepDialing) await look(claimed, tenant, load);
    }
  }

  async function look(claimed: ClaimedMailing, tenant: Tenant, load: Load): Promise<void> {
    const since = performance.now();
    if (!(await mailings.takeActive(claimed, clock() + everyMs))) return;
    const signals = { begins: stopping.signal, cuts: stopping.signal };
    const key = { mailingId: claimed.id, fence: claimed.fence };
    const lease = holdLease(mailings, key, since, signals);
    try {
      const record = await mailings.find(tenant, claimed.id);
      if (record?.state === 'active' && isOpen(tenant, record)) {
        await keep(tenant, record, load, lease);
      }
    } finally {
      lease.stop();
      await mailings.release(lease.key).catch(() => undefined);
    }
  }

  async function keep(
    tenant: Tenant,
    record: MailingRecord,
    load: Load,
    lease: Lease,
  ): Promise<void> {
    const { id } = record;
    try {
      const told = await inContext(
        dependencies,
        {
          tenant,
          connection: load.connection,
          feature: 'contactLoad',
          personal: [],
          signal: lease.cut,
          about: () => ({ attemptId: id }),
          mayLeave: lease.isHeld,
          // This exchange runs twice a minute, all day: only failures are worth keeping in the log.
          keeps: (isSuccess) => !isSuccess,
        },
        async (context) => load.run.keepDialing?.(toMailing(record), context),
      );
      if (told?.isStartedAgain) {
        logger.warn(
          { tenant: tenant.id, mailing: id },
          'dialing had ended at the telephone system by itself; it was started again',
        );
      }
      if (record.error) await mailings.change(tenant, record, lease.key, { error: null }, 'active');
    } catch (thrown) {
      const error = adapterFailure(thrown, 'contactLoad', logger);
      const shown = toMailingError(error, 'Whether dialing goes on cannot be seen');
      if (record.error?.message !== shown.message) {
        logger.warn({ tenant: tenant.id, mailing: id, code: error.code }, shown.message);
        await mailings.change(tenant, record, lease.key, { error: shown }, 'active');
      }
    }
  }

  function tellFailed(error: unknown, tenant?: string): void {
    const isOfTenant = tenant !== undefined && !isStoreUnavailable(error);
    tellSeldom(
      { ...(isOfTenant && { tenant }), err: error },
      'mailings that are dialed could not be looked after; again soon',
    );
  }

  async function tick(): Promise<void> {
    try {
      const due = Map.groupBy(await mailings.active(clock()), ({ tenantId }) => tenantId);
      for (const [tenantId, own] of due) {
        if (looking.has(tenantId)) continue;
        if (looking.size >= mostAtOnce) await Promise.race(looking.values());
        if (stopping.signal.aborted) return;
        const looked = lookAll(tenantId, own)
          .catch((error: unknown) => tellFailed(error, tenantId))
          .finally(() => looking.delete(tenantId));
        looking.set(tenantId, looked);
      }
    } catch (error) {
      tellFailed(error);
    }
  }

  const next = () => {
    ticking = tick().finally(() => {
      if (!stopping.signal.aborted) timer = setTimeout(next, tickMs);
    });
  };
  return {
    start: next,
    async stop() {
      stopping.abort(new Error('the host is shutting down'));
      clearTimeout(timer);
      await ticking;
      await Promise.all(looking.values());
    },
  };
}
