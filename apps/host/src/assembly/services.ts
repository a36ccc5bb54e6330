import { Counter } from 'prom-client';
import { createCallIdBinder } from '../calls/bind-call-ids.ts';
import { createCallStore } from '../calls/call-store.ts';
import { createKnownCalls } from '../calls/known-calls.ts';
import { answeredCallWebhook } from '../events/answered-call-webhook.ts';
import { createEventHub } from '../events/event-hub.ts';
import { createEventLog } from '../events/event-log.ts';
import { createWebhookDeliveries, type WebhookDeliveries } from '../events/webhook-deliveries.ts';
import { createWebhookSender, type WebhookSender } from '../events/webhook-sender.ts';
import { createDialingKeeper } from '../mailings/dialing-keeper.ts';
import { createLedger } from '../mailings/ledger/ledger.ts';
import { createMailingIntakes } from '../mailings/intake/mailing-intakes.ts';
import { createMailingRunner } from '../mailings/load/mailing-runner.ts';
import { createMailingStore } from '../mailings/mailing-store.ts';
import { createQueueOwners } from '../mailings/queue-owners.ts';
import { createAttemptStore } from '../results/attempt-store.ts';
import { bindAttempts } from '../results/bind-attempts.ts';
import { createCallResults } from '../results/call-results.ts';
import { createDailyFetches } from '../results/daily-fetches.ts';
import { createFetchRunner } from '../results/fetch-runner.ts';
import { createFetchableMailings } from '../results/fetchable-mailings.ts';
import { createMailingContacts } from '../results/mailing-contacts.ts';
import { createMailingEnds } from '../results/mailing-ends.ts';
import { createResultFetches } from '../results/result-fetches.ts';
import { createResultsMetrics } from '../results/results-metrics.ts';
import { resultsSubject, resultsWebhook } from '../results/results-webhook.ts';
import { createUntoldEnds } from '../results/untold-ends.ts';
import { createStatusStore } from '../results/vendor-statuses.ts';
import { opensAt } from '../rules/calling-hours.ts';
import { createDoNotCallStore } from '../rules/do-not-call-store.ts';
import { createNumberHistory } from '../rules/number-history.ts';
import { openNumberScreen } from '../rules/number-screen.ts';
import { createTellSeldom } from '../tell-seldom.ts';
import { isSameTenant } from '../tenants/same-tenant.ts';
import type { Tenant } from '../tenants/tenant.ts';
import type { Foundation } from './foundation.ts';

export type Records = ReturnType<typeof createRecords>;
export type Services = ReturnType<typeof createServices>;

/** The stored calls, answered events and results, and the code that matches them. */
export function createRecords(foundation: Foundation) {
  const { store, directory, hostId, now, workplace } = foundation;
  const hub = createEventHub(store);
  const events = createEventLog(store, now, (tenantId, event) => {
    hub.appended(tenantId, event);
    binder.onAnswered(tenantId, event);
  });
  const binder = createCallIdBinder(store, directory, events, workplace.logger);
  const calls = createCallStore(store, hostId, now, binder.onWithoutId);
  const statuses = createStatusStore(store);
  const attempts = createAttemptStore(store);
  const results = createCallResults(attempts, statuses);
  return {
    hub,
    binder,
    events,
    calls,
    statuses,
    attempts,
    results,
    fetches: createResultFetches(store, now),
    knownCalls: createKnownCalls(calls, events, results, now),
    doNotCall: createDoNotCallStore(store, now),
    history: createNumberHistory(store, statuses, now),
    mailings: createMailingStore(store, hostId, now),
    intakes: createMailingIntakes(store, hostId, now),
  };
}

/** What runs in the background: messages to the CRM, loads of mailings, fetches of their results. */
export function createServices(foundation: Foundation, records: Records) {
  const { store, directory, hostId, now } = foundation;
  const { fetches, mailings } = records;
  const deliveries = createWebhookDeliveries(store, hostId, now);
  const webhooks = createWebhooks(foundation, records, deliveries);
  const loading = loadingWorkplace(foundation, records);
  const fetchRunner = createFetching(foundation, records, webhooks);
  const mailingRunner = createMailingRunner({
    ...loading,
    store,
    directory,
    ...createMailingEnds(store, { mailings, fetches }, fetchRunner.wake),
  });
  const dialingKeeper = createDialingKeeper({ ...loading, directory });
  return {
    loading,
    fetchRunner,
    async start() {
      // SQLite has a single host, so whatever is still held was left by its previous run.
      if (store.native.engine === 'sqlite') {
        await mailings.releaseAll();
        await loading.queues.freeAll();
        await deliveries.releaseAll();
        await fetches.forsakeAll();
      }
      for (const service of [webhooks, mailingRunner, dialingKeeper, fetchRunner]) service.start();
    },
    async stop() {
      await Promise.all([mailingRunner.stop(), dialingKeeper.stop()]);
      await fetchRunner.stop();
      await webhooks.stop();
    },
  };
}

/** Fetches the results of mailings, reports them to the CRM, and matches calls with them. */
function createFetching(
  { store, directory, workplace, registry, now }: Foundation,
  { attempts, statuses, fetches, mailings, binder }: Records,
  webhooks: WebhookSender,
) {
  const tellSeldom = createTellSeldom(workplace.logger);
  const tellFailed = (tenant: string, error: unknown) =>
    tellSeldom({ tenant, err: error }, 'results of a company could not be looked after');
  return createFetchRunner({
    ...workplace,
    attempts,
    statuses,
    fetches,
    scheduleDaily: createDailyFetches(store, { directory, fetches, tellFailed }, now),
    endUntold: createUntoldEnds(store, {
      directory,
      tellFailed,
      finish: (id) => mailings.finish(id),
    }),
    directory,
    contacts: createMailingContacts(store),
    mailings: createFetchableMailings(mailings),
    metrics: createResultsMetrics(registry),
    announce: (tenant, { results, fetchId }) =>
      webhooks.add(
        tenant,
        'mailing.results',
        resultsSubject(results.mailingId, fetchId, results.isFinal),
      ),
    onStored: (tenant, stored) => bindAttempts(binder, tenant, stored),
  });
}

function createWebhooks(
  { directory, workplace, registry, now }: Foundation,
  { events, fetches, attempts, statuses }: Records,
  deliveries: WebhookDeliveries,
) {
  return createWebhookSender({
    egress: workplace.egress,
    exchanges: workplace.exchanges,
    logger: workplace.logger,
    deliveries,
    sources: {
      'call.answered': answeredCallWebhook(events),
      'mailing.results': resultsWebhook({ fetches, attempts, statuses }),
    },
    directory,
    now,
    counter: new Counter({
      name: 'telephony_webhook_deliveries_total',
      help: 'Attempts to deliver messages to the CRM, by tenant and outcome',
      labelNames: ['tenant', 'outcome'],
      registers: [registry],
    }),
  });
}

function loadingWorkplace(
  { store, directory, workplace, metrics, now }: Foundation,
  { mailings, doNotCall, history }: Records,
) {
  return {
    ...workplace,
    mailings,
    queues: createQueueOwners(store, now),
    metrics,
    ledger: createLedger(store),
    openScreen: (tenant: Tenant) => openNumberScreen({ doNotCall, history }, tenant),
    isCurrent(tenant: Tenant) {
      const known = directory.peek(tenant.id);
      // A tenant that may have changed is evicted from the directory; load it again for the next check.
      if (!known) directory.get(tenant.id).catch(() => undefined);
      return !known || isSameTenant(known, tenant);
    },
    opensAt: ({ rules }: Tenant, areaCodes: readonly string[]) =>
      rules.callingHours ? opensAt(rules.callingHours, areaCodes, now()) : now(),
    clock: now,
  };
}
