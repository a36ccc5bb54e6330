import { setImmediate as nextTurn } from 'node:timers/promises';
import { AttemptSchema, outcomes, OutcomeSchema, type Outcome } from '@finaz-telephony/core';
import { Hono } from 'hono';
import * as v from 'valibot';
import { boundFeature } from '../calls/feature-work.ts';
import { invalidRequest, RequestError } from '../http/error-response.ts';
import type { HostContext, HostEnv } from '../http/host-env.ts';
import { described, idempotencyHeader } from '../http/openapi.ts';
import { afterOf, limitOf } from '../http/paging.ts';
import type { Tenant } from '../tenants/tenant.ts';
import type { AttemptFilter, AttemptStore } from './attempt-store.ts';
import type { FetchRunner } from './fetch-runner.ts';
import type { ResultFetches } from './result-fetches.ts';
import { acceptedFormat, contentTypes, csvHeader, writePage } from './result-formats.ts';
import { ResultsSummarySchema, statusCounts, StatusCountSchema, summarize } from './summary.ts';
import type { StatusStore, VendorStatuses } from './vendor-statuses.ts';

export interface ResultRouteDependencies {
  readonly attempts: AttemptStore;
  readonly statuses: StatusStore;
  readonly fetches: ResultFetches;
  readonly runner: FetchRunner;
  /** @throws {RequestError} 404 */
  readonly mailingOf: (
    tenant: Tenant,
    mailingId: string,
  ) => Promise<{
    readonly id: string;
    readonly ref: number;
    /** When its load began. */
    readonly cleared_at: number | null;
  }>;
  /** @throws {RequestError} where the mailing is not at a point where it can be */
  readonly deactivate: (tenant: Tenant, mailingId: string) => Promise<{ readonly state: string }>;
}

const ShownAttemptSchema = v.object({
  ...AttemptSchema.entries,
  contactId: v.nullable(v.string()),
  matchedBy: v.pipe(
    v.picklist(['contact', 'number', 'none']),
    v.description('`number`: found by its number alone. `none`: not of this mailing.'),
  ),
});
const PageSchema = v.object({
  attempts: v.array(ShownAttemptSchema),
  next: v.pipe(
    v.string(),
    v.description('Send it as `after`: what comes behind, now or later. Also on the last page.'),
  ),
  isLast: v.boolean(),
});
const StatusesSchema = v.object({ statuses: v.array(StatusCountSchema) });

const pageOfStream = 1000;

/** What became of a mailing's numbers, under `/v1/tenants/:tenant`. */
export function createResultRoutes(dependencies: ResultRouteDependencies): Hono<HostEnv> {
  const { attempts, statuses, fetches, runner } = dependencies;
  const app = new Hono<HostEnv>();

  const mailingOf = (context: HostContext) =>
    dependencies.mailingOf(context.get('tenant'), context.req.param('mailing') ?? '');

  app.post(
    '/mailings/:mailing/deactivate',
    described({
      tag: 'results',
      summary: 'Deactivate a mailing',
      description:
        'Stops loading where it goes on, tells the dialer to stop where it can be told, and fetches the results. Safe to repeat.',
      headers: idempotencyHeader,
      answers: {
        202: {
          description: 'It is being done.',
          schema: v.object({ mailingId: v.string(), state: v.string() }),
        },
      },
    }),
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
      tag: 'results',
      summary: 'Fetch the results again',
      description:
        'As often as you like: an attempt that is known already adds nothing. For what came late, and after a fetch that failed.',
      headers: idempotencyHeader,
      answers: { 202: { description: 'It is being done.', schema: ResultsSummarySchema } },
    }),
    async (context) => {
      const tenant = context.get('tenant');
      const { id: mailingId, ref, cleared_at } = await mailingOf(context);
      const { connection } = boundFeature(tenant, 'dialerResults');
      if (cleared_at === null) {
        throw new RequestError(
          409,
          'conflict',
          'Nothing of the mailing was loaded, so it has no results.',
        );
      }
      await fetches.request(
        { id: mailingId, ref, tenantId: tenant.id, connection: connection.name },
        { isFinal: false },
      );
      runner.wake();
      return context.json(
        await summarize(dependencies, tenant, mailingId, await fetches.find(mailingId)),
        202,
      );
    },
  );

  app.get(
    '/mailings/:mailing/results',
    described({
      tag: 'results',
      summary: 'The attempts of a mailing',
      description:
        'By `Accept`: `application/json` in pages, `application/x-ndjson` or `text/csv` (cells parted by `;`) as one stream of all. In the order of their arrival, so that `after` gives what is new.',
      query: {
        after: 'JSON: `next` of the page before.',
        limit: 'JSON: 1 to 1000; 100 by default.',
        outcome: `Only these; may be repeated: ${outcomes.join(', ')}.`,
        foreign: '`true`: instead, the attempts that are none of this mailing; `false` by default.',
      },
      headers: { Accept: 'application/json, application/x-ndjson or text/csv' },
      answers: {
        200: {
          description: 'The attempts.',
          schema: PageSchema,
          otherTypes: ['application/x-ndjson', 'text/csv'],
        },
      },
    }),
    async (context) => {
      const tenant = context.get('tenant');
      const { id: mailingId } = await mailingOf(context);
      const format = acceptedFormat(context.req.header('Accept'));
      if (!format) {
        throw new RequestError(406, 'not_acceptable', 'Results come as JSON, NDJSON or CSV.', {
          hint: 'Send Accept: application/json, application/x-ndjson or text/csv.',
        });
      }
      const filter = filterOf(context);
      const after = afterOf(context.req.query('after')) ?? 0;
      const results = await fetches.find(mailingId);
      const known = await statuses.read(tenant);
      if (format === 'json') {
        const limit = limitOf(context.req.query('limit'));
        const page = results
          ? await attempts.page(tenant, results.ref, { after, limit, filter, statuses: known })
          : { attempts: [], lastSeq: after, isLast: true };
        return context.json({
          attempts: page.attempts,
          next: String(page.lastSeq),
          isLast: page.isLast,
        });
      }
      const pages = results
        ? allPages(attempts, tenant, results.ref, after, filter, known)
        : noPages();
      return new Response(textStream(format, pages), {
        headers: {
          'Content-Type': contentTypes[format],
          'Cache-Control': 'no-store',
          'Content-Disposition': `attachment; filename="results-${mailingId}.${format}"`,
        },
      });
    },
  );

  app.get(
    '/mailings/:mailing/results/summary',
    described({
      tag: 'results',
      summary: 'Counts by outcome, and where the fetching stands',
      answers: { 200: { description: 'The counts.', schema: ResultsSummarySchema } },
    }),
    async (context) => {
      const { id: mailingId } = await mailingOf(context);
      return context.json(
        await summarize(
          dependencies,
          context.get('tenant'),
          mailingId,
          await fetches.find(mailingId),
        ),
      );
    },
  );

  app.get(
    '/mailings/:mailing/results/statuses',
    described({
      tag: 'results',
      summary: "The vendor's words in the results of a mailing, with what they mean",
      answers: { 200: { description: 'The most frequent first.', schema: StatusesSchema } },
    }),
    async (context) => {
      const results = await fetches.find((await mailingOf(context)).id);
      const counts = results ? await attempts.counts(results.ref) : [];
      return context.json({
        statuses: statusCounts(await statuses.read(context.get('tenant')), counts),
      });
    },
  );

  app.get(
    '/results/statuses',
    described({
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

function filterOf(context: HostContext): AttemptFilter {
  const wanted = context.req.queries('outcome') ?? [];
  const known = wanted.flatMap((text): Outcome[] => {
    const parsed = v.safeParse(OutcomeSchema, text);
    return parsed.success ? [parsed.output] : [];
  });
  if (known.length < wanted.length) {
    throw invalidRequest([
      { parameter: 'outcome', message: `must be one of ${outcomes.join(', ')}` },
    ]);
  }
  const foreign = context.req.query('foreign') ?? 'false';
  if (foreign !== 'true' && foreign !== 'false')
    throw invalidRequest([{ parameter: 'foreign', message: 'must be true or false' }]);
  return {
    foreign: foreign === 'true',
    ...(known.length > 0 && { outcomes: new Set(known) }),
  };
}

type Pages = AsyncGenerator<readonly Parameters<typeof writePage>[1][number][]>;

async function* allPages(
  attempts: AttemptStore,
  tenant: Tenant,
  ref: number,
  from: number,
  filter: AttemptFilter,
  statuses: VendorStatuses,
): Pages {
  for (let after = from; ;) {
    const page = await attempts.page(tenant, ref, {
      after,
      limit: pageOfStream,
      filter,
      statuses,
    });
    yield page.attempts;
    if (page.isLast) return;
    after = page.lastSeq;
    await nextTurn();
  }
}

async function* noPages(): Pages {}

/** Page by page, and only as fast as the reader takes it. */
function textStream(format: 'ndjson' | 'csv', pages: Pages): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  return new ReadableStream({
    start(controller) {
      if (format === 'csv') controller.enqueue(encoder.encode(csvHeader));
    },
    async pull(controller) {
      const { value, done } = await pages.next();
      if (done) controller.close();
      else controller.enqueue(encoder.encode(writePage(format, value)));
    },
    async cancel() {
      await pages.return(undefined);
    },
  });
}
