import { Hono } from 'hono';
import * as v from 'valibot';
import { RequestError } from '../http/request-error.ts';
import type { HostContext, HostEnv } from '../http/host-env.ts';
import { takesNothing } from '../http/json-body.ts';
import { described, idempotencyHeader } from '../http/openapi.ts';
import { mailingStates } from '../mailings/mailing-state.ts';
import type { Tenant } from '../tenants/tenant.ts';
import type { FetchRunner } from './fetch-runner.ts';
import { resultsFeature } from './results-feature.ts';
import { countedResults, ResultsSummarySchema, summarize, type ResultStores } from './summary.ts';

/** What is stored of the results of mailings. */
export interface KnownResults extends ResultStores {
  /** @throws {RequestError} 404 */
  readonly mailingOf: (
    tenant: Tenant,
    mailingId: string,
  ) => Promise<{
    readonly id: string;
    readonly ref: number;
    /** When its load began. */
    readonly cleared_at: number | null;
    /** The connection that it was loaded through. */
    readonly connection: string | null;
  }>;
}

export interface ResultRouteDependencies extends KnownResults {
  /** @throws {TelephonyError} `internal` if it is damaged: then no results of it can be fetched */
  readonly wholeMailingOf: KnownResults['mailingOf'];
  readonly runner: FetchRunner;
  /** @throws {RequestError} if the state of the mailing does not allow it */
  readonly deactivate: (tenant: Tenant, mailingId: string) => Promise<{ readonly state: string }>;
}

/** Deactivates mailings, fetches their results, and shows how far that is, under `/v1/tenants/:tenant`. */
export function createResultRoutes(dependencies: ResultRouteDependencies): Hono<HostEnv> {
  const { fetches, runner } = dependencies;
  const app = new Hono<HostEnv>();

  const mailingOf = (context: HostContext) =>
    dependencies.mailingOf(context.get('tenant'), context.req.param('mailing') ?? '');
  const summaryOf = async (tenant: Tenant, mailingId: string) =>
    summarize(mailingId, await countedResults(dependencies, tenant, mailingId));

  app.post(
    '/mailings/:mailing/deactivate',
    described({
      id: 'deactivateMailing',
      tag: 'results',
      summary: 'Deactivate a mailing',
      description:
        'Stops loading where it goes on, tells the dialer to stop where it can be told, and fetches the results. Safe to repeat.',
      headers: idempotencyHeader,
      answers: {
        202: {
          description: 'It is being done.',
          schema: v.object({ mailingId: v.string(), state: v.picklist(mailingStates) }),
        },
      },
    }),
    takesNothing,
    async (context) => {
      const { id: mailingId } = await mailingOf(context);
      const { state } = await dependencies.deactivate(context.get('tenant'), mailingId);
      runner.wake();
      return context.json({ mailingId, state }, 202);
    },
  );

  app.post(
    '/mailings/:mailing/results/fetch',
    described({
      id: 'fetchResults',
      tag: 'results',
      summary: 'Fetch the results again',
      description:
        'As often as you like: an attempt that is known already adds nothing. For what came late, and after a fetch that failed.',
      headers: idempotencyHeader,
      answers: { 202: { description: 'It is being done.', schema: ResultsSummarySchema } },
    }),
    takesNothing,
    async (context) => {
      const tenant = context.get('tenant');
      const {
        id: mailingId,
        ref,
        cleared_at,
        connection,
      } = await dependencies.wholeMailingOf(tenant, context.req.param('mailing') ?? '');
      const results = await fetches.find(mailingId);
      const feature = resultsFeature(tenant, {
        loadedThrough: connection,
        toldBy: results?.toldBy ?? null,
      });
      // A mailing that was deactivated after its clear was undone still waits for its results.
      if (cleared_at === null && !results) {
        throw new RequestError(
          409,
          'conflict',
          'Nothing of the mailing was loaded, so it has no results.',
        );
      }
      await fetches.request(
        { id: mailingId, ref, tenantId: tenant.id, connection: feature.connection.name },
        { isFinal: false },
      );
      runner.wake();
      return context.json(await summaryOf(tenant, mailingId), 202);
    },
  );

  app.get(
    '/mailings/:mailing/results/summary',
    described({
      id: 'getResultsSummary',
      tag: 'results',
      summary: 'Counts by outcome, and where the fetching stands',
      answers: { 200: { description: 'The counts.', schema: ResultsSummarySchema } },
    }),
    async (context) => {
      const { id: mailingId } = await mailingOf(context);
      return context.json(await summaryOf(context.get('tenant'), mailingId));
    },
  );

  return app;
}
