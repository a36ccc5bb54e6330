import { Hono } from 'hono';
import * as v from 'valibot';
import type { HostEnv } from '../http/host-env.ts';
import { described } from '../http/openapi.ts';
import type { KnownResults } from './result-routes.ts';
import { countedResults, statusCounts, StatusCountSchema } from './summary.ts';

const StatusesSchema = v.object({ statuses: v.array(StatusCountSchema) });

/** The words of telephone systems in results, under `/v1/tenants/:tenant`. */
export function createStatusRoutes(known: KnownResults): Hono<HostEnv> {
  const { attempts, statuses, mailingOf } = known;
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
      return context.json({ statuses: statusCounts(await countedResults(known, tenant, id)) });
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
      const counts = await attempts.countsOf(tenant.id);
      return context.json({
        statuses: statusCounts({ counts, statuses: await statuses.read(tenant) }),
      });
    },
  );

  return app;
}
