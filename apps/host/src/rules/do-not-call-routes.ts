import { Hono } from 'hono';
import * as v from 'valibot';
import { invalidRequest, RequestError } from '../http/request-error.ts';
import type { HostContext, HostEnv } from '../http/host-env.ts';
import { bringsJson, readJson } from '../http/json-body.ts';
import { described } from '../http/openapi.ts';
import { nextPage, noNext, pageBefore, paging } from '../http/paging.ts';
import { readQuery } from '../http/read-query.ts';
import { requestBody } from '../http/request-body.ts';
import type { DoNotCallEntry, DoNotCallStore } from './do-not-call-store.ts';
import { unreadableRow } from '../store/damaged-rows.ts';
import { readNumber, readNumberLines, type NumberRow } from './read-numbers.ts';

const NumbersSchema = v.pipe(
  v.strictObject({
    numbers: v.pipe(
      v.array(v.pipe(v.string(), v.maxLength(64))),
      v.minLength(1, 'has no number'),
      v.maxLength(10_000, 'has more than 10,000 numbers; send them as text/csv'),
    ),
  }),
  v.title('numbers'),
  v.description('Each with its area code, in any form that people write.'),
);
const RejectedSchema = v.array(v.object({ row: v.number(), reason: v.string() }));
const AddedSchema = v.object({
  added: v.number(),
  known: v.number(),
  rejected: v.pipe(v.number(), v.description('Rows that are no telephone number.')),
  rejectedRows: v.pipe(RejectedSchema, v.description('The first hundred of them.')),
});
const RemovedSchema = v.object({
  removed: v.number(),
  unknown: v.number(),
  rejected: v.number(),
  rejectedRows: RejectedSchema,
});
const PageSchema = v.object({
  numbers: v.array(
    v.object({
      number: v.optional(v.string()),
      unreadable: unreadableRow('number, which is still held back,'),
      addedAt: v.string(),
      author: v.string(),
    }),
  ),
  next: nextPage,
});

const numberBodies = {
  'application/json': { schema: NumbersSchema, example: { numbers: ['41 99999-8888'] } },
  'text/csv': { schema: v.string(), example: '41;99999-8888\r\n' },
  'text/plain': { schema: v.string(), example: '41 99999-8888\r\n' },
};

const pageQuery = {
  after: v.exactOptional(v.pipe(v.string(), v.nonEmpty(noNext), v.description(pageBefore))),
  limit: paging.limit,
};

const chunkSize = 1000;
const shownRejections = 100;
const address = '/do-not-call';

/** The list of numbers that a company must not call, under `/v1/tenants/:tenant`. */
export function createDoNotCallRoutes(doNotCall: DoNotCallStore): Hono<HostEnv> {
  const app = new Hono<HostEnv>();

  app.get(
    address,
    described({
      id: 'listDoNotCall',
      tag: 'rules',
      summary: 'Read the do-not-call list, or ask for one number',
      query: {
        number: 'Only this one, with its area code: an empty list where it may be called.',
        ...pageQuery,
      },
      answers: { 200: { description: 'A page of the list.', schema: PageSchema } },
    }),
    async (context) => {
      const tenant = context.get('tenant');
      const asked = context.req.query('number');
      if (asked !== undefined) {
        const row = readNumber(1, asked);
        if ('reason' in row) {
          throw invalidRequest([{ parameter: 'number', message: `is no number: ${row.reason}` }]);
        }
        const entry = await doNotCall.find(tenant, row.number);
        return context.json({ numbers: entry ? [shown(entry)] : [], next: null });
      }
      const { entries, next } = await doNotCall.page(tenant, {
        after: '',
        ...readQuery(context, pageQuery),
      });
      return context.json({ numbers: entries.map(shown), next: next ?? null });
    },
  );

  app.put(
    address,
    described({
      id: 'addDoNotCall',
      tag: 'rules',
      summary: 'Add numbers to the do-not-call list',
      description:
        'JSON, or a file of any size as text/csv or text/plain, one number a line. From then on neither an operator nor a mailing calls them. Adding twice changes nothing; the others stay.',
      bodies: numberBodies,
      answers: { 200: { description: 'What was added.', schema: AddedSchema } },
    }),
    async (context) => {
      const { keyId } = context.get('principal');
      const { valid, changed, ...rejections } = await useNumbersOf(context, (numbers) =>
        doNotCall.add(context.get('tenant'), numbers, keyId),
      );
      return context.json({ added: changed, known: valid - changed, ...rejections });
    },
  );

  app.delete(
    address,
    described({
      id: 'removeDoNotCall',
      tag: 'rules',
      summary: 'Take numbers off the do-not-call list',
      description: 'The same forms as for adding.',
      bodies: numberBodies,
      answers: { 200: { description: 'What was removed.', schema: RemovedSchema } },
    }),
    async (context) => {
      const { valid, changed, ...rejections } = await useNumbersOf(context, (numbers) =>
        doNotCall.remove(context.get('tenant'), numbers),
      );
      return context.json({ removed: changed, unknown: valid - changed, ...rejections });
    },
  );

  return app;
}

const shown = ({ number, author, addedAt }: DoNotCallEntry) => ({
  ...(number === undefined ? { unreadable: true as const } : { number }),
  author,
  addedAt: new Date(addedAt).toISOString(),
});

/** Reads a body of any size and passes its numbers on in chunks. */
async function useNumbersOf(
  context: HostContext,
  use: (numbers: readonly string[]) => Promise<number>,
) {
  let valid = 0;
  let changed = 0;
  let rejected = 0;
  const rejectedRows: { row: number; reason: string }[] = [];
  let chunk: string[] = [];
  for await (const row of await rowsOf(context)) {
    if ('reason' in row) {
      rejected += 1;
      if (rejectedRows.length < shownRejections) rejectedRows.push(row);
      continue;
    }
    valid += 1;
    chunk.push(row.number);
    if (chunk.length < chunkSize) continue;
    changed += await use(chunk);
    chunk = [];
  }
  if (chunk.length > 0) changed += await use(chunk);
  return { valid, changed, rejected, rejectedRows };
}

async function rowsOf(
  context: HostContext,
): Promise<Iterable<NumberRow> | AsyncIterable<NumberRow>> {
  const type = context.req.header('Content-Type') ?? '';
  if (/^text\/(?:csv|plain)\s*(?:;|$)/i.test(type)) {
    return readNumberLines(requestBody(context));
  }
  if (!bringsJson(context)) {
    throw new RequestError(
      415,
      'unsupported_media_type',
      'Numbers are sent as JSON, or as a file with one number a line.',
      { hint: 'Send "Content-Type: application/json", "text/csv" or "text/plain".' },
    );
  }
  const { numbers } = await readJson(context, NumbersSchema);
  return readList(numbers);
}

/** One by one as they are used: to read ten thousand at once would keep everybody else waiting. */
function* readList(numbers: readonly string[]): Generator<NumberRow> {
  for (const [index, number] of numbers.entries()) yield readNumber(index + 1, number);
}
