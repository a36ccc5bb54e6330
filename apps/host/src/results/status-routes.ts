import { Hono } from 'hono';
import * as v from 'valibot';
import type { HostEnv } from '../http/host-env.ts';
import { described } from '../http/openapi.ts';
import type { KnownResults } from './result-routes.ts';
import { statusCounts, StatusCountSchema } from './summary.ts';

const StatusesSchema = v.object({ statuses: v.array(StatusCountSchema) });

/** The words of telephone systems in results, under `/v1/tenants/:tenant`. */
export function createStatusRoutes({
  attempts,
  statuses,
  fetches,
  mailingOf,
}: KnownResults): Hono<HostEnv> {
  const app = new Hono<HostEnv>();

  app.get(
    '/mailings/:mailing/results/statuses',
    described({
      id: 'listMailingStatuses',
      tag: 'results',
      summary: "The vendor's words in the results of a mailing, with what they mean",
      answers: { 200: { description: 'The most frequent first.', schema: StatusesSchema } },
    }),
    async (context) => {
      const tenant = context.get('tenant');
      const { id } = await mailingOf(tenant, context.req.param('mailing'));
      const results = await fetches.find(id);
      const counts = results ? await attempts.counts(results.ref) : [];
      return context.json({ statuses: statusCounts(await statuses.read(tenant), counts) });
    },
  );

  app.get(
    '/results/statuses',
    described({
      id: 'listStatuses',
      tag: 'results',
      summary: "The vendors' words in all results of the company, with what they mean",
      description:
        'A word with `mapped: false` is missing in the settings of its connection (`dialerResults.outcomes`). Once it is there, stored attempts have the new outcome at once.',
      answers: { 200: { description: 'The most frequent first.', schema: StatusesSchema } },
    }),
    async (context) => {
      const tenant = context.get('tenant');
      return context.json({
        statuses: statusCounts(await statuses.read(tenant), await attempts.countsOf(tenant.id)),
      });
    },
  );

  return app;
}
