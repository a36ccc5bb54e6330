import type { Logger } from '@finaz-telephony/core';
import type { Hono } from 'hono';
import { createApp } from './assembly/app.ts';
import { openFoundation, type Foundation } from './assembly/foundation.ts';
import { createRecords, createServices, type Records } from './assembly/services.ts';
import type { Environment } from './environment.ts';
import type { HostEnv } from './http/host-env.ts';
import { createRequestsUnderWay } from './http/requests-under-way.ts';
import { startHousekeeping } from './housekeeping.ts';
import { closedToEvents, tellClosedToEvents } from './tenants/closed-to-events.ts';
import { formatIssue } from './tenants/document-issue.ts';
import type { SecretsUnfit } from './tenants/save-tenant.ts';
import { applyTenantsFolder } from './tenants/tenants-folder.ts';

/** A host that is ready to serve. */
export interface Host {
  readonly app: Hono<HostEnv>;
  /** An admin key that was generated at this start: shown once. */
  readonly newAdminKey: string | undefined;
  /** From now on the host answers that it is not ready; streams end, so that clients go elsewhere. */
  readonly drain: () => void;
  /** Resolves when no request is under way any more, also of a caller who has left, or after so long. */
  readonly requestsEnded: (longestMs: number) => Promise<void>;
  /**
   * Finishes its own work and closes everything. A request that a telephone system has not answered by then is broken off, and how it ended is stored: call it
   * when requests have had their time.
   */
  readonly close: () => Promise<void>;
}

/** How long requests that were broken off may take to store how they ended. */
const longestEndMs = 5000;

/**
 * Puts a host together.
 *
 * @param folder where adapter packages are looked for
 * @throws {StartError} naming what keeps it from starting, and the mend
 */
export async function createHost(
  environment: Environment,
  logger: Logger,
  folder: string,
): Promise<Host> {
  const foundation = await openFoundation(environment, logger, folder);
  const { store, lease, workplace, saving, now, newAdminKey } = foundation;
  const requests = createRequestsUnderWay();
  const records = createRecords(foundation);
  const services = createServices(foundation, records);
  const unfit =
    environment.tenantsDir === undefined
      ? new Map<string, SecretsUnfit>()
      : await applyDocuments(saving, environment.tenantsDir, logger);
  await tellClosedToEvents(saving.tenants, logger);
  const stopHousekeeping = startHousekeeping({
    ...records,
    ...workplace,
    store,
    lease,
    retentionDays: environment.retentionDays,
    now,
  });
  await services.start();
  const shutdown = new AbortController();
  const { signal } = shutdown;
  return {
    app: createApp({
      environment,
      foundation,
      records,
      services,
      requests,
      unfit,
      shutdown: signal,
    }),
    newAdminKey,
    drain: () => shutdown.abort(),
    requestsEnded: requests.ended,
    async close() {
      shutdown.abort();
      await services.stop();
      await workplace.egress.close();
      await requests.ended(longestEndMs);
      await drain(foundation, records);
      await stopHousekeeping();
      await closeAll(foundation, records);
    },
  };
}

/** @returns the companies whose documents were not applied, with the reason */
async function applyDocuments(
  saving: Foundation['saving'],
  folder: string,
  logger: Logger,
): Promise<ReadonlyMap<string, SecretsUnfit>> {
  const notApplied = new Map<string, SecretsUnfit>();
  for (const { file, saved, unfit } of await applyTenantsFolder(saving, folder)) {
    if (unfit) {
      notApplied.set(unfit.tenantId, unfit);
      const served = await saving.tenants.read(unfit.tenantId);
      logger.error(
        { file, tenant: unfit.tenantId, issues: unfit.issues.map(formatIssue) },
        `a tenant document was not applied: the company is ${served ? `served by version ${served.version}` : 'not served'}; mend what "issues" says, then run "finaz-telephony apply" with this file, or restart`,
      );
      continue;
    }
    const { version, changed, warnings } = saved;
    logger.info({ file, version, changed }, 'a tenant document was applied');
    // All companies are checked for this at startup, wherever their documents come from.
    for (const warning of warnings) if (warning !== closedToEvents) logger.warn({ file }, warning);
  }
  return notApplied;
}

/** Waits for what is on its way to the disk. */
async function drain({ workplace }: Foundation, { calls, events, binder }: Records): Promise<void> {
  await calls.drain();
  await events.drain();
  await binder.drain();
  await workplace.exchanges.drain();
}

async function closeAll(
  { apiKeys, deletedSeries, directory, store }: Foundation,
  { hub }: Records,
): Promise<void> {
  hub.close();
  apiKeys.close();
  directory.close();
  deletedSeries.close();
  await store.close();
}
