import { Hono } from 'hono';
import { Counter, Gauge } from 'prom-client';
import { createCallRoutes } from '../calls/call-routes.ts';
import { createConnectionRoutes } from '../trials/connection-routes.ts';
import { createDoubleClicks } from '../calls/double-clicks.ts';
import { createRecordingRoutes } from '../calls/recording-routes.ts';
import { createTransferRoutes } from '../calls/transfer-routes.ts';
import { createTestRoutes } from '../trials/test-routes.ts';
import { createTrialRoutes } from '../trials/trial-routes.ts';
import type { Environment } from '../environment.ts';
import { createAnsweredCallRoutes } from '../events/answered-call-routes.ts';
import { createEventStreamRoutes } from '../events/event-stream-routes.ts';
import { createExchangeRoutes } from '../exchanges/exchange-routes.ts';
import { authentication, tenantOfPath } from '../http/authentication.ts';
import { createClientAddress } from '../http/client-address.ts';
import { errorResponse } from '../http/error-response.ts';
import { RequestError } from '../http/request-error.ts';
import { headRequests } from '../http/head-requests.ts';
import type { HostEnv } from '../http/host-env.ts';
import { createIdempotencyKeys } from '../http/idempotency-keys.ts';
import { idempotency } from '../http/idempotency.ts';
import { keepNothing } from '../http/keep-nothing.ts';
import { methodsAt } from '../http/methods-at.ts';
import { refuseNul } from '../http/refuse-nul.ts';
import { refuseOtherEncodings } from '../http/refuse-other-encodings.ts';
import { requestLog } from '../http/request-log.ts';
import { requestSpan } from '../http/request-span.ts';
import type { RequestsUnderWay } from '../http/requests-under-way.ts';
import { createDocsRoutes, createServiceRoutes } from '../http/service-routes.ts';
import { clearByHand } from '../mailings/clear-by-hand.ts';
import { createMailingLists } from '../mailings/mailing-lists.ts';
import { createMailingRoutes } from '../mailings/mailing-routes.ts';
import { listedMailingOf, mailingOf, steerMailing } from '../mailings/steer-mailing.ts';
import { createAttemptRoutes } from '../results/attempt-routes.ts';
import { createResultRoutes } from '../results/result-routes.ts';
import { createStatusRoutes } from '../results/status-routes.ts';
import type { Tenant } from '../tenants/tenant.ts';
import { createCallTurns } from '../calls/call-turns.ts';
import { placedCall } from '../calls/place-call.ts';
import { acceptedTransfer } from '../calls/transfer-call.ts';
import { createCallGuard } from '../rules/call-guard.ts';
import { createDoNotCallRoutes } from '../rules/do-not-call-routes.ts';
import { createKeyRoutes } from '../tenants/key-routes.ts';
import { createSecretRoutes } from '../tenants/secret-routes.ts';
import { tenantJsonSchema } from '../tenants/tenant-json-schema.ts';
import type { NotAppliedDocuments } from '../tenants/not-applied.ts';
import { createTenantRoutes } from '../tenants/tenant-routes.ts';
import { openApiDocument } from './openapi-document.ts';
import type { Foundation } from './foundation.ts';
import type { Records, Services } from './services.ts';

export interface AppParts {
  readonly environment: Environment;
  readonly foundation: Foundation;
  readonly records: Records;
  readonly services: Services;
  readonly requests: RequestsUnderWay;
  /** The companies whose documents could not be applied at the start. */
  readonly notApplied: NotAppliedDocuments;
  /** Aborted when the host is about to shut down. */
  readonly shutdown: AbortSignal;
}

/** Everything that a host answers: requests of telephone systems, of the CRM, and of the operator of the host. */
export function createApp(parts: AppParts): Hono<HostEnv> {
  const { registry, workplace } = parts.foundation;
  const { logger } = workplace;
  const app = new Hono<HostEnv>();
  app.use(parts.requests.track);
  app.use(requestLog(logger, registry));
  app.use(headRequests);
  app.use('/v1/*', keepNothing, refuseNul, refuseOtherEncodings);
  app.use('/callbacks/*', keepNothing, refuseNul);
  app.onError((error, context) => errorResponse(error, context.get('requestId')));
  const methods = methodsAt(app);
  app.notFound((context) =>
    errorResponse(
      nothingThere(context.req.method, methods(context.req.path)),
      context.get('requestId'),
    ),
  );
  app.route('/', inboundRoutes(parts));
  app.route('/', operatorRoutes(parts));
  let document: Promise<object> | undefined;
  app.get('/openapi.json', async (context) =>
    context.json(await (document ??= openApiDocument(app))),
  );
  app.route('/v1', tenantApi(parts));
  return app;
}

/** @param methods the methods that the address takes; empty if there is no such address */
function nothingThere(method: string, methods: readonly string[]): RequestError {
  const allowed = methods.join(', ');
  return allowed === ''
    ? new RequestError(404, 'not_found', 'There is nothing at this address.', {
        hint: 'GET /docs shows what there is.',
      })
    : new RequestError(405, 'method_not_allowed', `This address does not take ${method}.`, {
        hint: `It takes ${allowed}; GET /docs shows what each does.`,
        headers: { Allow: allowed },
      });
}

function inboundRoutes({ environment, foundation, records }: AppParts): Hono<HostEnv> {
  const { workplace, directory, registry } = foundation;
  return createAnsweredCallRoutes({
    ...workplace,
    log: records.events,
    directory,
    clientAddress: createClientAddress(environment.trustProxy),
    received: new Counter({
      name: 'telephony_events_received_total',
      help: 'Answered calls received, by tenant, source and outcome',
      labelNames: ['tenant', 'source', 'outcome'],
      registers: [registry],
    }),
  });
}

function operatorRoutes({ foundation, shutdown }: AppParts): Hono<HostEnv> {
  const { registry, deletedSeries, store, adapters } = foundation;
  const app = createServiceRoutes({
    registry,
    forgetDeleted: deletedSeries.forget,
    check: store.check,
    isDraining: () => shutdown.aborted,
    jsonSchema: () => tenantJsonSchema(adapters),
  });
  return app.route('/', createDocsRoutes());
}

/** The routes below `/v1`, all of which require a key. */
function tenantApi(parts: AppParts): Hono<HostEnv> {
  const { apiKeys, store, vault, lease, hostId, now, saving, directory } = parts.foundation;
  const v1 = new Hono<HostEnv>();
  const authenticated = authentication(apiKeys);
  const once = idempotency(createIdempotencyKeys(store, vault, lease, hostId, now));
  v1.use('/tenants', authenticated, requestSpan);
  // For the routes of each company, so that a company's idempotency keys are its own.
  v1.use('/tenants/:tenant/*', authenticated, requestSpan, once);
  v1.use('/keys/*', authenticated, requestSpan, once);
  v1.route('/', createTenantRoutes(saving, parts.notApplied));
  v1.route('/', createSecretRoutes(saving.tenants));
  v1.route('/', createKeyRoutes(apiKeys, saving.tenants));
  const ofTenant = new Hono<HostEnv>();
  ofTenant.use('*', tenantOfPath(directory, parts.notApplied));
  for (const routes of tenantRoutes(parts)) ofTenant.route('/', routes);
  v1.route('/tenants/:tenant', ofTenant);
  return v1;
}

function tenantRoutes({
  foundation,
  records,
  services,
  shutdown,
}: AppParts): readonly Hono<HostEnv>[] {
  const { workplace, saving, store, lease, directory, apiKeys, registry, metrics, now } =
    foundation;
  const { calls, events, hub, knownCalls, results, doNotCall, history } = records;
  const { attempts, statuses, fetches, mailings, intakes } = records;
  const { loading, fetchRunner } = services;
  const turns = createCallTurns(store, now);
  const guard = createCallGuard({ doNotCall, history, turns, now });
  const ofCalls = { ...workplace, calls, lease, knownCalls, metrics };
  const ofResults = {
    attempts,
    statuses,
    fetches,
    runner: fetchRunner,
    mailingOf: (tenant: Tenant, id: string) => listedMailingOf(mailings, tenant, id),
    wholeMailingOf: (tenant: Tenant, id: string) => mailingOf(mailings, tenant, id),
    deactivate: (tenant: Tenant, id: string) => steerMailing(loading, tenant, id, 'deactivate'),
  };
  return [
    createCallRoutes({
      ...ofCalls,
      events,
      results,
      guard,
      callClicks: createDoubleClicks(calls, placedCall),
    }),
    createTransferRoutes({
      ...ofCalls,
      turns,
      transferClicks: createDoubleClicks(calls, acceptedTransfer),
    }),
    createRecordingRoutes(ofCalls),
    createConnectionRoutes(workplace),
    createTrialRoutes({ ...saving, knownCalls }),
    createTestRoutes({
      ...workplace,
      knownCalls,
      guard,
      withQueue: (tenant, queue, connection, work) =>
        clearByHand(loading, tenant, queue, connection, work),
    }),
    createExchangeRoutes(workplace.exchanges, workplace.logger),
    createMailingRoutes({
      ...loading,
      intakes,
      lists: createMailingLists(store),
      keys: apiKeys,
      shutdown,
    }),
    createResultRoutes(ofResults),
    createAttemptRoutes({ ...ofResults, logger: workplace.logger }),
    createStatusRoutes(ofResults),
    createDoNotCallRoutes(doNotCall),
    createEventStreamRoutes({
      log: events,
      hub,
      directory,
      keys: apiKeys,
      logger: workplace.logger,
      shutdown,
      openStreams: new Gauge({
        name: 'telephony_event_streams',
        help: 'Open streams of events',
        registers: [registry],
      }),
    }),
  ];
}
