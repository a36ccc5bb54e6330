import { basename } from 'node:path';
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
import type { NotApplied, NotAppliedDocuments } from './tenants/not-applied.ts';
import { applyTenantsFolder, secretsFile } from './tenants/tenants-folder.ts';

/** A host that is ready to serve. */
export interface Host {
  readonly app: Hono<HostEnv>;
  /** The admin key, if it was generated at this start; it is shown only once. */
  readonly newAdminKey: string | undefined;
  /** Makes the host answer that it is not ready, and ends streams, so that clients go elsewhere. */
  readonly drain: () => void;
  /** Resolves when no request is under way any more, including those of callers who have left, or when the time is over. */
  readonly requestsEnded: (longestMs: number) => Promise<void>;
  /**
   * Finishes the host's own work and closes everything. Aborts requests that a telephone system has not answered yet, and stores how they ended: call it after
   * `requestsEnded`.
   */
  readonly close: () => Promise<void>;
}

/** How long aborted requests may take to store how they ended. */
const longestEndMs = 5000;

/**
 * Assembles a host.
 *
 * @param folder from which adapter packages are resolved
 * @throws {StartError} naming what keeps the host from starting, and the remedy
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
  const notApplied =
    environment.tenantsDir === undefined
      ? new Map<string, NotApplied>()
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
      notApplied,
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
): Promise<NotAppliedDocuments> {
  const notApplied = new Map<string, NotApplied>();
  for (const { file, saved, unfit } of await applyTenantsFolder(saving, folder)) {
    if (unfit) {
      const { tenantId: tenant } = unfit;
      const issues = unfit.issues.map(formatIssue);
      const [served] = await saving.tenants.versions(tenant);
      notApplied.set(tenant, {
        file: basename(file),
        servedVersion: served?.version ?? null,
        issues,
      });
      logger.error(
        { file, tenant, issues },
        secretsFile.test(basename(file))
          ? 'a secret was not set: the company keeps the value that it has; mend what "issues" says, then restart'
          : `a tenant document was not applied: the company is ${served ? `served by version ${served.version}` : 'not served'}; mend what "issues" says, then run "finaz-telephony apply" with this file, or restart`,
      );
      continue;
    }
    const { version, changed, warnings } = saved;
    logger.info({ file, version, changed }, 'a tenant document was applied');
    // Not logged here, because at startup all companies are checked for this, wherever their documents come from.
    for (const warning of warnings) if (warning !== closedToEvents) logger.warn({ file }, warning);
  }
  return notApplied;
}

/** Waits until everything recorded is stored. */
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
