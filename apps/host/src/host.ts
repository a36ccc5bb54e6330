import { randomUUID } from 'node:crypto';
import type { Logger } from '@finaz-telephony/core';
import { Hono } from 'hono';
import { openAPIRouteHandler } from 'hono-openapi';
import { collectDefaultMetrics, Counter, Gauge, Registry } from 'prom-client';
import { bundledAdapters } from './adapters.ts';
import { createCallIdBinder } from './calls/bind-call-ids.ts';
import { createCallRoutes } from './calls/call-routes.ts';
import { createCallStore } from './calls/call-store.ts';
import { createConnectionRoutes } from './calls/connection-routes.ts';
import { createFeatureMetrics } from './calls/feature-metrics.ts';
import { createKnownCalls } from './calls/known-calls.ts';
import { createEgress } from './egress/create-egress.ts';
import type { Environment } from './environment.ts';
import { answeredCallWebhook } from './events/answered-call-webhook.ts';
import { createAnsweredCallRoutes } from './events/answered-call-routes.ts';
import { createEventHub } from './events/event-hub.ts';
import { createEventLog } from './events/event-log.ts';
import { createEventStreamRoutes } from './events/event-stream-routes.ts';
import { createWebhookSender } from './events/webhook-sender.ts';
import { createExchangeLog } from './exchanges/exchange-log.ts';
import { createExchangeRoutes } from './exchanges/exchange-routes.ts';
import { createLedger } from './mailings/ledger.ts';
import { createMailingLists } from './mailings/mailing-lists.ts';
import { createMailingRoutes } from './mailings/mailing-routes.ts';
import { createDialingKeeper } from './mailings/dialing-keeper.ts';
import { createMailingRunner } from './mailings/mailing-runner.ts';
import { createMailingStore } from './mailings/mailing-store.ts';
import { createQueueOwners } from './mailings/queue-owners.ts';
import { mailingOf, steerMailing } from './mailings/steer-mailing.ts';
import { opensAt } from './rules/calling-hours.ts';
import { authentication, tenantOfPath } from './http/authentication.ts';
import { createClientAddress } from './http/client-address.ts';
import { errorResponse, RequestError } from './http/error-response.ts';
import type { HostEnv } from './http/host-env.ts';
import { idempotency } from './http/idempotency.ts';
import { createIdempotencyKeys } from './http/idempotency-keys.ts';
import { requestLog } from './http/request-log.ts';
import { createDocsRoutes, createServiceRoutes } from './http/service-routes.ts';
import { startHousekeeping } from './housekeeping.ts';
import { createAttemptStore } from './results/attempt-store.ts';
import { bindAttempts } from './results/bind-attempts.ts';
import { createCallResults } from './results/call-results.ts';
import { createDailyFetches } from './results/daily-fetches.ts';
import { createFetchRunner } from './results/fetch-runner.ts';
import { createMailingContacts } from './results/mailing-contacts.ts';
import { createFetchableMailings, createMailingEnds } from './results/mailing-ends.ts';
import { createResultFetches } from './results/result-fetches.ts';
import { createResultRoutes } from './results/result-routes.ts';
import { createResultsMetrics } from './results/results-metrics.ts';
import { resultsSubject, resultsWebhook } from './results/results-webhook.ts';
import { createStatusStore } from './results/vendor-statuses.ts';
import { createCallGuard } from './rules/call-guard.ts';
import { createDoNotCallRoutes } from './rules/do-not-call-routes.ts';
import { createDoNotCallStore } from './rules/do-not-call-store.ts';
import { openNumberScreen } from './rules/number-screen.ts';
import { createNumberHistory } from './rules/number-history.ts';
import { createHostLease } from './store/host-lease.ts';
import { loadHostKeys } from './store/master-keys.ts';
import { openStore } from './store/open-store.ts';
import { createVault } from './store/vault.ts';
import { createApiKeys } from './tenants/api-keys.ts';
import { installAdapters } from './tenants/installed-adapter.ts';
import type { Tenant } from './tenants/tenant.ts';
import type { SaveDependencies } from './tenants/save-tenant.ts';
import { createTenantDirectory } from './tenants/tenant-directory.ts';
import { createTenantRoutes } from './tenants/tenant-routes.ts';
import { tenantJsonSchema } from './tenants/tenant-json-schema.ts';
import { createTenantStore } from './tenants/tenant-store.ts';
import { applyTenantsFolder } from './tenants/tenants-folder.ts';

/** A host that is ready to serve. */
export interface Host {
  readonly app: Hono<HostEnv>;
  /** An admin key that was made at this start: told once. */
  readonly newAdminKey: string | undefined;
  /** From now on the host answers that it is not ready; streams end, so that clients go elsewhere. */
  readonly drain: () => void;
  /** Finishes what is under way and closes everything. Call it when no request is open any more. */
  readonly close: () => Promise<void>;
}

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
  const now = Date.now;
  const hostId = randomUUID();
  const { dataDir, databaseUrl } = environment;
  const adapters = await installAdapters(bundledAdapters, environment.adapters, folder);
  const store = await openStore({ databaseUrl, dataDir, logger });
  const keys = loadHostKeys({
    dataDir,
    masterKey: environment.masterKey,
    adminKey: environment.adminKey,
  });
  const vault = createVault(store, keys.masterKeys);
  await vault.rewrap();

  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const egress = createEgress({ allow: environment.egressAllow });
  const exchanges = createExchangeLog(store, logger);
  const tenants = createTenantStore(store, vault);
  const directory = createTenantDirectory({ store, tenants, vault, adapters, logger });
  const apiKeys = createApiKeys(store, keys.adminKey);
  const workplace = { egress, logger, now: () => new Date(now()), exchanges };
  const saving: SaveDependencies = { ...workplace, tenants, vault, adapters };

  const hub = createEventHub(store);
  const binder = createCallIdBinder(store, directory, logger);
  const events = createEventLog(store, now, (tenantId, event) => {
    hub.appended(tenantId, event);
    binder.onAnswered(tenantId, event);
  });
  const calls = createCallStore(store, hostId, now);
  const statuses = createStatusStore(store);
  const attempts = createAttemptStore(store);
  const fetches = createResultFetches(store, now);
  const callResults = createCallResults(attempts, statuses);
  const knownCalls = createKnownCalls(calls, events, callResults, now);
  const doNotCall = createDoNotCallStore(store, now);
  const history = createNumberHistory(store, statuses, now);
  const webhooks = createWebhookSender({
    store,
    sources: {
      'call.answered': answeredCallWebhook(events),
      'mailing.results': resultsWebhook({ fetches, attempts, statuses }),
    },
    directory,
    egress,
    exchanges,
    logger,
    hostId,
    now,
    deliveries: new Counter({
      name: 'telephony_webhook_deliveries_total',
      help: 'Attempts to deliver messages to the CRM, by tenant and outcome',
      labelNames: ['tenant', 'outcome'],
      registers: [registry],
    }),
  });

  if (environment.tenantsDir !== undefined) {
    for (const [file, saved] of await applyTenantsFolder(saving, environment.tenantsDir)) {
      logger.info(
        { file, version: saved.version, changed: saved.changed },
        'a tenant document was applied',
      );
      for (const warning of saved.warnings) logger.warn({ file }, warning);
    }
  }

  const shutdown = new AbortController();
  const metrics = createFeatureMetrics(registry);
  const mailings = createMailingStore(store, hostId, now);
  const loading = {
    ...workplace,
    mailings,
    queues: createQueueOwners(store, now),
    metrics,
    ledger: createLedger(store),
    openScreen: (tenant: Tenant) => openNumberScreen({ doNotCall, history }, tenant),
    opensAt: ({ rules }: Tenant, areaCodes: readonly string[]) =>
      rules.callingHours ? opensAt(rules.callingHours, areaCodes, now()) : now(),
    clock: now,
  };
  if (store.native.engine === 'sqlite') {
    await mailings.releaseAll();
    await loading.queues.freeAll();
  }
  const fetchRunner = createFetchRunner({
    ...workplace,
    attempts,
    statuses,
    fetches,
    scheduleDaily: createDailyFetches(store, directory, fetches, now),
    directory,
    contacts: createMailingContacts(store),
    mailings: createFetchableMailings(mailings),
    metrics: createResultsMetrics(registry),
    announce: (tenant, mailingId, fetchId) =>
      webhooks.add(tenant, 'mailing.results', resultsSubject(mailingId, fetchId)),
    onStored: (tenant, stored) => bindAttempts(binder, tenant, stored),
  });
  const mailingRunner = createMailingRunner({
    ...loading,
    store,
    directory,
    ...createMailingEnds(store, mailings, fetches, fetchRunner.wake),
  });
  const dialingKeeper = createDialingKeeper({ ...loading, directory });
  const lease = createHostLease(store, hostId, now);
  const stopHousekeeping = startHousekeeping({
    store,
    lease,
    calls,
    events,
    exchanges,
    mailings,
    logger,
    retentionDays: environment.retentionDays,
    now,
  });
  webhooks.start();
  mailingRunner.start();
  dialingKeeper.start();
  fetchRunner.start();

  const app = new Hono<HostEnv>();
  app.use(requestLog(logger, registry));
  app.onError((error, context) => errorResponse(error, context.get('requestId'), logger));
  app.notFound((context) =>
    errorResponse(
      new RequestError(404, 'not_found', 'There is nothing at this address.', {
        hint: 'GET /docs shows what there is.',
      }),
      context.get('requestId'),
      logger,
    ),
  );
  app.route(
    '/',
    createAnsweredCallRoutes({
      ...workplace,
      log: events,
      directory,
      clientAddress: createClientAddress(environment.trustProxy),
      received: new Counter({
        name: 'telephony_events_received_total',
        help: 'Answered calls received, by tenant, source and outcome',
        labelNames: ['tenant', 'source', 'outcome'],
        registers: [registry],
      }),
    }),
  );
  app.route(
    '/',
    createServiceRoutes({
      registry,
      check: store.check,
      isDraining: () => shutdown.signal.aborted,
      jsonSchema: () => tenantJsonSchema(adapters),
    }),
  );
  app.route('/', createDocsRoutes());
  app.get(
    '/openapi.json',
    openAPIRouteHandler(app, {
      defaultValidationErrorResponse: false,
      documentation: {
        openapi: '3.1.0',
        info: {
          title: 'Finaz Telephony',
          version: '1',
          description:
            'What the CRM calls, and what telephone systems call. Errors are RFC 9457 problems with a stable `code`.',
        },
        components: { securitySchemes: { key: { type: 'http', scheme: 'bearer' } } },
        security: [{ key: [] }],
      },
    }),
  );

  const v1 = new Hono<HostEnv>();
  v1.use('/tenants/:tenant/*', authentication(apiKeys));
  v1.use('/tenants/:tenant', authentication(apiKeys));
  v1.use('/tenants', authentication(apiKeys));
  v1.use('/keys/*', authentication(apiKeys));
  v1.use('/keys', authentication(apiKeys));
  v1.use('*', idempotency(createIdempotencyKeys(store, vault, lease, hostId, now)));
  v1.route('/', createTenantRoutes({ ...saving, keys: apiKeys }));
  const ofTenant = new Hono<HostEnv>();
  ofTenant.use('*', tenantOfPath(directory));
  ofTenant.route(
    '/',
    createCallRoutes({
      ...workplace,
      calls,
      events,
      knownCalls,
      metrics,
      results: callResults,
      guard: createCallGuard({ store, doNotCall, history, now }),
    }),
  );
  ofTenant.route('/', createConnectionRoutes({ ...saving, calls, knownCalls }));
  ofTenant.route('/', createExchangeRoutes(exchanges));
  ofTenant.route(
    '/',
    createMailingRoutes({
      ...loading,
      lists: createMailingLists(store),
      shutdown: shutdown.signal,
    }),
  );
  ofTenant.route(
    '/',
    createResultRoutes({
      attempts,
      statuses,
      fetches,
      runner: fetchRunner,
      mailingOf: (tenant, id) => mailingOf(mailings, tenant, id),
      deactivate: (tenant, id) => steerMailing(loading, tenant, id, 'deactivate'),
    }),
  );
  ofTenant.route('/', createDoNotCallRoutes(doNotCall));
  ofTenant.route(
    '/',
    createEventStreamRoutes({
      log: events,
      hub,
      directory,
      logger,
      shutdown: shutdown.signal,
      openStreams: new Gauge({
        name: 'telephony_event_streams',
        help: 'Open streams of events',
        registers: [registry],
      }),
    }),
  );
  v1.route('/tenants/:tenant', ofTenant);
  app.route('/v1', v1);

  return {
    app,
    newAdminKey: keys.newAdminKey,
    drain: () => shutdown.abort(),
    async close() {
      shutdown.abort();
      await Promise.all([mailingRunner.stop(), dialingKeeper.stop()]);
      await fetchRunner.stop();
      await webhooks.stop();
      await calls.drain();
      await events.drain();
      await binder.drain();
      await exchanges.drain();
      await stopHousekeeping();
      hub.close();
      apiKeys.close();
      directory.close();
      await egress.close();
      await store.close();
    },
  };
}
