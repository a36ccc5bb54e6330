import { randomUUID } from 'node:crypto';
import type { Logger } from '@finaz-telephony/core';
import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import { bundledAdapters } from '../adapters.ts';
import { registerBacklogMetrics } from '../backlog-metrics.ts';
import { createDeletedSeries } from '../deleted-series.ts';
import { createFeatureMetrics } from '../adapter-work/feature-metrics.ts';
import { createEgress } from '../egress/create-egress.ts';
import type { Environment } from '../environment.ts';
import { createExchangeLog } from '../exchanges/exchange-log.ts';
import { createHostLease } from '../store/host-lease.ts';
import { loadKeysFor } from '../store/master-keys.ts';
import { openStore } from '../store/open-store.ts';
import { createVault } from '../store/vault.ts';
import { createApiKeys } from '../tenants/api-keys.ts';
import { installAdapters } from '../tenants/install-adapters.ts';
import type { SaveDependencies } from '../tenants/save-tenant.ts';
import { createTenantDirectory } from '../tenants/tenant-directory.ts';
import { createTenantStore } from '../tenants/tenant-store.ts';
import { version } from '../version.ts';

export type Foundation = Awaited<ReturnType<typeof openFoundation>>;

/**
 * The basis of every feature: adapters, the store and its keys, egress, tenants.
 *
 * @throws {StartError} naming what keeps the host from starting, and how to fix it
 */
export async function openFoundation(environment: Environment, logger: Logger, folder: string) {
  const now = Date.now;
  const hostId = randomUUID();
  const { dataDir, databaseUrl } = environment;
  const adapters = await installAdapters(bundledAdapters, environment.adapters, folder);
  const store = await openStore({ databaseUrl, dataDir, logger });
  const keys = await loadKeysFor(store, environment);
  const vault = createVault(store, keys.masterKeys);
  await vault.rewrap();

  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  new Gauge({
    name: 'telephony_build_info',
    help: 'Always 1; the version of the host is in the label',
    labelNames: ['version'],
    registers: [registry],
  }).set({ version }, 1);
  registerBacklogMetrics(registry, store, logger, now);
  const deletedSeries = createDeletedSeries(registry, store);
  const egress = createEgress({
    allow: environment.egressAllow,
    proxy: environment.egressProxy,
  });
  const exchanges = createExchangeLog(store, logger);
  const workplace = { egress, logger, now: () => new Date(now()), exchanges };
  const tenants = createTenantStore(store, vault);
  const saving: SaveDependencies = { ...workplace, tenants, vault, adapters };
  return {
    now,
    hostId,
    adapters,
    store,
    vault,
    newAdminKey: keys.newAdminKey,
    registry,
    deletedSeries,
    metrics: createFeatureMetrics(registry),
    workplace,
    saving,
    directory: createTenantDirectory({ store, tenants, vault, adapters, logger }),
    apiKeys: createApiKeys(store, keys.adminKey),
    lease: createHostLease(store, hostId, now),
  };
}
