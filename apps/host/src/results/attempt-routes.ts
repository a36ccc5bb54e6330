import { OutcomeSchema, type Logger, type Outcome } from '@finaz-telephony/core';
import { outcomes } from '@finaz-telephony/core/host';
import { Hono } from 'hono';
import * as v from 'valibot';
import { invalidRequest, RequestError } from '../http/request-error.ts';
import type { HostContext, HostEnv } from '../http/host-env.ts';
import { described } from '../http/openapi.ts';
import { paging } from '../http/paging.ts';
import { readQuery } from '../http/read-query.ts';
import { textStream } from '../http/text-stream.ts';
import type { AttemptFilter, AttemptStore } from './attempt-store.ts';
import {
  acceptedFormat,
  contentTypes,
  csvHeader,
  writePage,
  type ResultFormat,
} from './result-formats.ts';
import type { KnownResults } from './result-routes.ts';
import { ShownAttemptSchema } from './shown-attempt.ts';

const PageSchema = v.object({
  attempts: v.array(ShownAttemptSchema),
  next: v.pipe(
    v.string(),
    v.description('Send it as `after` to get what follows, now or later. Also on the last page.'),
  ),
  isLast: v.boolean(),
});

const resultsQuery = {
  ...paging,
  foreign: v.optional(
    v.pipe(
      v.picklist(['true', 'false'], 'must be true or false'),
      v.transform((text) => text === 'true'),
      v.boolean(),
      v.description(
        '`true`: instead, the attempts that are none of this mailing; `false` by default.',
      ),
    ),
    'false',
  ),
};

export interface AttemptRouteDependencies extends KnownResults {
  readonly logger: Logger;
}

const pageOfStream = 1000;

type ReadPage = (after: number, limit: number) => ReturnType<AttemptStore['page']>;

/** The attempts of a mailing, under `/v1/tenants/:tenant`. */
export function createAttemptRoutes({
  attempts,
  statuses,
  fetches,
  mailingOf,
  logger,
}: AttemptRouteDependencies): Hono<HostEnv> {
  const app = new Hono<HostEnv>();

  app.get(
    '/mailings/:mailing/results',
    described({
      id: 'listAttempts',
      tag: 'results',
      summary: 'The attempts of a mailing',
      description:
        'By `Accept`: `application/json` in pages (`limit`), `application/x-ndjson` or `text/csv` (cells parted by `;`) as one stream of all. In the order of their arrival, so that `after` gives what is new.',
      query: {
        ...resultsQuery,
        outcome: v.pipe(OutcomeSchema, v.description('Only these; may be repeated.')),
      },
      repeated: ['outcome'],
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
      const { id: mailingId } = await mailingOf(tenant, context.req.param('mailing'));
      const format = formatOf(context);
      const asked = readQuery(context, resultsQuery);
      const filter = { foreign: asked.foreign, ...outcomesOf(context) };
      // In this order: the statuses then include those of all attempts up to the last place.
      const results = await fetches.find(mailingId);
      const known = await statuses.read(tenant);
      const read: ReadPage = async (from, limit) =>
        results
          ? attempts.page(tenant, results.ref, {
              after: from,
              upTo: results.lastSeq,
              limit,
              filter,
              statuses: known,
            })
          : { attempts: [], lastSeq: from, isLast: true };
      if (format === 'json') {
        const page = await read(asked.after ?? 0, asked.limit);
        const { lastSeq, isLast } = page;
        return context.json({ attempts: page.attempts, next: String(lastSeq), isLast });
      }
      return new Response(textStream(allPages(format, asked.after ?? 0, read), logger), {
        headers: {
          'Content-Type': contentTypes[format],
          'Cache-Control': 'no-store',
          'Content-Disposition': `attachment; filename="results-${mailingId}.${format}"`,
        },
      });
    },
  );

  return app;
}

function formatOf(context: HostContext): ResultFormat {
  const format = acceptedFormat(context.req.header('Accept'));
  if (format) return format;
  throw new RequestError(406, 'not_acceptable', 'Results come as JSON, NDJSON or CSV.', {
    hint: 'Send Accept: application/json, application/x-ndjson or text/csv.',
  });
}

function outcomesOf(context: HostContext): Pick<AttemptFilter, 'outcomes'> {
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
  return known.length > 0 ? { outcomes: new Set(known) } : {};
}

async function* allPages(
  format: 'ndjson' | 'csv',
  from: number,
  read: ReadPage,
): AsyncGenerator<string> {
  if (format === 'csv') yield csvHeader;
  for (let after = from; ;) {
    const page = await read(after, pageOfStream);
    yield writePage(format, page.attempts);
    if (page.isLast) return;
    after = page.lastSeq;
  }
}
