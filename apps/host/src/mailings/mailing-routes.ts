import {
  ContactSchema,
  ParametersSchema,
  QueueSchema,
  type Parameters,
} from '@finaz-telephony/core';
import { Hono } from 'hono';
import { streamSSE } from 'hono/streaming';
import * as v from 'valibot';
import { boundFeature } from '../calls/feature-work.ts';
import { runMeasured } from '../calls/in-context.ts';
import { invalidRequest, RequestError } from '../http/error-response.ts';
import type { HostContext, HostEnv } from '../http/host-env.ts';
import { readJson } from '../http/json-body.ts';
import { described, idempotencyHeader } from '../http/openapi.ts';
import { limitOf } from '../http/page-limit.ts';
import { requestBody } from '../http/request-body.ts';
import { LoadLost } from './ledger-writes.ts';
import type { LoadDependencies } from './load-work.ts';
import type { MailingLists } from './mailing-lists.ts';
import { mailingRows } from './mailing-rows.ts';
import { contactStates, mailingStates, type MailingCommand } from './mailing-state.ts';
import {
  rateBetween,
  ShownContactSchema,
  ShownMailingSchema,
  showMailing,
} from './show-mailing.ts';
import { clearByHand, mailingOf, settleDoubts, steerMailing } from './steer-mailing.ts';
import { takeMailing, takenBefore, type IntakeDependencies } from './take-mailing.ts';
import { writeRejects } from './write-rejects.ts';

export interface MailingRouteDependencies extends LoadDependencies, IntakeDependencies {
  readonly lists: MailingLists;
  readonly shutdown: AbortSignal;
}

const TakenSchema = v.object({
  mailingId: v.string(),
  total: v.pipe(v.number(), v.description('Contacts that were taken.')),
  rejected: v.pipe(v.number(), v.description('Rows that were not: see …/rejects.')),
  state: v.literal('waiting'),
});
const MailingsSchema = v.object({ mailings: v.array(ShownMailingSchema) });
const ContactsSchema = v.object({
  contacts: v.array(ShownContactSchema),
  next: v.pipe(v.nullable(v.string()), v.description('Send it as `after` for the next page.')),
});
const RejectsSchema = v.object({
  rejects: v.array(
    v.object({
      line: v.number(),
      kind: v.picklist(['row', 'phone']),
      reason: v.string(),
      message: v.string(),
      contactId: v.nullable(v.string()),
      row: v.unknown(),
    }),
  ),
  next: v.nullable(v.string()),
});
const SettleSchema = v.pipe(
  v.strictObject({
    as: v.pipe(
      v.picklist(['sent', 'pending', 'failed']),
      v.description(
        '`sent`: the telephone system has them. `pending`: it does not, they are sent again by retry. `failed`: given up.',
      ),
    ),
    contactIds: v.optional(v.pipe(v.array(v.string()), v.minLength(1), v.maxLength(10_000))),
  }),
  v.title('settlement of contacts'),
);
const SettledSchema = v.object({ settled: v.number() });
const ClearedSchema = v.object({
  status: v.literal('cleared'),
  cleared: v.pipe(
    v.nullable(v.number()),
    v.description('How many contacts, where the telephone system says so.'),
  ),
});

/** For readers: what is really taken is wider, and checked row by row. */
const ContactBodySchema = v.object({
  ...ContactSchema.entries,
  name: v.optional(ContactSchema.entries.name),
  cpf: v.optional(ContactSchema.entries.cpf),
});
const exampleContact = {
  contactId: '7001',
  name: 'Ana',
  cpf: '529.982.247-25',
  phones: [{ areaCode: '41', number: '99999-8888' }],
};

const commands: readonly {
  readonly name: Exclude<MailingCommand, 'deactivate'>;
  readonly summary: string;
}[] = [
  { name: 'pause', summary: 'Stop a load for a while; what is under way ends' },
  { name: 'resume', summary: 'Go on with a paused load where it was' },
  { name: 'retry', summary: 'Go on with a stopped load, and send again what failed' },
  { name: 'cancel', summary: 'Give a load up' },
];

const progressEveryMs = 250;

/** Mailings on their way into the dialer, under `/v1/tenants/:tenant`. */
export function createMailingRoutes(dependencies: MailingRouteDependencies): Hono<HostEnv> {
  const { mailings, lists, clock } = dependencies;
  const app = new Hono<HostEnv>();
  const found = (context: HostContext) =>
    mailingOf(mailings, context.get('tenant'), context.req.param('mailing') ?? '');

  app.post(
    '/mailings',
    described({
      tag: 'mailings',
      summary: 'Send contacts to the dialer',
      description:
        'The body is streamed: a JSON list of contacts (or `{"contacts": […]}`), NDJSON, or CSV with a header line. It may be packed (`Content-Encoding: gzip`). Each row is checked by itself: a bad one is kept with its reason and stops no other. Answered once every contact is on the disk; then the queue is cleared and the contacts are loaded.',
      query: {
        queue: "The dialer's queue.",
        parameters: 'Further values for the templates of the connection, as a JSON object.',
      },
      required: ['queue'],
      headers: idempotencyHeader,
      bodies: {
        'application/json': { schema: v.array(ContactBodySchema), example: [exampleContact] },
        'application/x-ndjson': { schema: v.string(), example: JSON.stringify(exampleContact) },
        'text/csv': {
          schema: v.string(),
          example: 'ID;Nome;CPF;DDD1;Telefone1;DDD2;Telefone2\r\n7001;Ana;;41;99999-8888;;\r\n',
        },
      },
      answers: { 202: { description: 'All contacts are durable.', schema: TakenSchema } },
    }),
    async (context) => {
      const tenant = context.get('tenant');
      const queue = queueOf(context.req.query('queue'));
      const parameters = parametersOf(context.req.query('parameters'));
      boundFeature(tenant, 'contactLoad');
      const rows = mailingRows(requestBody(context), context.req.header('Content-Type') ?? '');
      const key = context.get('heldKey');
      const begin = async (mailingId: string) => key?.begin(mailingId);
      const taken =
        (key?.begunBefore && (await takenBefore(dependencies, tenant, key.begunBefore))) ||
        (await unlessLost(
          takeMailing(dependencies, tenant, { queue, parameters }, rows, begin),
          'The mailing was not taken: the company was deleted, or this host stood still, while it came in.',
        ));
      context.header(
        'Location',
        `/v1/tenants/${encodeURIComponent(tenant.id)}/mailings/${taken.mailingId}`,
      );
      return context.json({ ...taken, state: 'waiting' as const }, 202);
    },
  );

  app.get(
    '/mailings',
    described({
      tag: 'mailings',
      summary: 'List mailings',
      query: {
        state: `One of ${mailingStates.join(', ')}.`,
        queue: 'Only those of this queue.',
        limit: '1 to 1000; 100 by default.',
      },
      answers: { 200: { description: 'The latest first.', schema: MailingsSchema } },
    }),
    async (context) => {
      const state = oneOf(mailingStates, context.req.query('state'), 'state');
      const queue = context.req.query('queue');
      const records = await mailings.list(context.get('tenant'), {
        limit: limitOf(context.req.query('limit')),
        ...(state && { state }),
        ...(queue !== undefined && { queue }),
      });
      return context.json({ mailings: records.map((record) => showMailing(record, clock())) });
    },
  );

  app.get(
    '/mailings/:mailing',
    described({
      tag: 'mailings',
      summary: 'Where a mailing stands',
      answers: { 200: { description: 'State and counts.', schema: ShownMailingSchema } },
    }),
    async (context) => context.json(showMailing(await found(context), clock())),
  );

  app.get(
    '/mailings/:mailing/progress',
    described({
      tag: 'mailings',
      summary: 'Watch a mailing move',
      description:
        'Server-sent events named `progress`, each with what GET …/mailings/{mailing} gives, whenever something has changed. Ends when the mailing has come to its end.',
      answers: { 200: { description: 'The stream.', mediaType: 'text/event-stream' } },
    }),
    async (context) => {
      const first = await found(context);
      context.header('Cache-Control', 'no-store');
      context.header('X-Accel-Buffering', 'no');
      return streamSSE(context, async (stream) => {
        let shown = '';
        let earlier: { record: typeof first; at: number } | undefined;
        let beat = 0;
        while (!stream.aborted && !dependencies.shutdown.aborted) {
          const record = await mailings
            .find(context.get('tenant'), first.id)
            .catch(() => undefined);
          // Gone with its company, or the store is away: whoever watches comes again, and is told.
          if (!record) return;
          const at = clock();
          const text = JSON.stringify(showMailing(record, at, rateBetween(earlier, record, at)));
          earlier = { record, at };
          beat += 1;
          if (text !== shown) await stream.writeSSE({ event: 'progress', data: text });
          else if (beat % 60 === 0) await stream.write(': still here\n\n');
          shown = text;
          if (record.state === 'finished' || record.state === 'cancelled') return;
          await stream.sleep(progressEveryMs);
        }
      });
    },
  );

  app.get(
    '/mailings/:mailing/contacts',
    described({
      tag: 'mailings',
      summary: 'The contacts of a mailing by state',
      query: {
        state: `One of ${contactStates.join(', ')}.`,
        after: 'Where the page before has ended.',
        limit: '1 to 1000; 100 by default.',
      },
      answers: { 200: { description: 'In the order of the mailing.', schema: ContactsSchema } },
    }),
    async (context) => {
      const record = await found(context);
      const state = oneOf(contactStates, context.req.query('state'), 'state');
      const limit = limitOf(context.req.query('limit'));
      const page = await lists.contacts(context.get('tenant').cipher, record.ref, {
        limit,
        after: afterOf(context.req.query('after')),
        ...(state && { state }),
      });
      return context.json({
        contacts: page.map(({ contactId, state: at, vendor, updatedAt }) => ({
          contactId,
          state: at,
          vendor,
          updatedAt,
        })),
        next: page.length < limit ? null : String(page.at(-1)?.position),
      });
    },
  );

  app.get(
    '/mailings/:mailing/rejects',
    described({
      tag: 'mailings',
      summary: 'Rows and numbers that were not taken, with the reason',
      description: 'JSON in pages, or all of them as CSV with `Accept: text/csv`.',
      query: { after: 'Where the page before has ended.', limit: '1 to 1000; 100 by default.' },
      answers: {
        200: {
          description: 'In the order of the mailing.',
          schema: RejectsSchema,
          otherTypes: ['text/csv'],
        },
      },
    }),
    async (context) => {
      const record = await found(context);
      const { cipher } = context.get('tenant');
      if (/\btext\/csv\b/.test(context.req.header('Accept') ?? '')) {
        return writeRejects(context, (after, limit) =>
          lists.rejects(cipher, record.ref, after, limit),
        );
      }
      const limit = limitOf(context.req.query('limit'));
      const page = await lists.rejects(
        cipher,
        record.ref,
        afterOf(context.req.query('after')),
        limit,
      );
      return context.json({
        rejects: page.map(({ line, kind, reason, message, contactId, row }) => ({
          line,
          kind,
          reason,
          message,
          contactId,
          row: parsed(row),
        })),
        next: page.length < limit ? null : String(page.at(-1)?.seq),
      });
    },
  );

  for (const { name, summary } of commands) {
    app.post(
      `/mailings/:mailing/${name}`,
      described({
        tag: 'mailings',
        summary,
        headers: idempotencyHeader,
        answers: { 202: { description: 'As it stands now.', schema: ShownMailingSchema } },
      }),
      async (context) => {
        const id = context.req.param('mailing') ?? '';
        const record = await unlessLost(
          steerMailing(dependencies, context.get('tenant'), id, name),
        );
        return context.json(showMailing(record, clock()), 202);
      },
    );
  }

  app.post(
    '/mailings/:mailing/settle',
    described({
      tag: 'mailings',
      summary: 'Settle contacts that are in doubt',
      body: SettleSchema,
      headers: idempotencyHeader,
      answers: { 200: { description: 'How many it was.', schema: SettledSchema } },
    }),
    async (context) => {
      const { as, contactIds } = await readJson(context, SettleSchema);
      const settled = await unlessLost(
        settleDoubts(dependencies, context.get('tenant'), context.req.param('mailing') ?? '', {
          as,
          ...(contactIds && { contactIds }),
        }),
      );
      return context.json({ settled });
    },
  );

  app.post(
    '/queues/:queue/clear',
    described({
      tag: 'mailings',
      summary: 'Empty a queue of the dialer',
      description:
        'Answered once the telephone system has confirmed. Before each load this is done by itself.',
      headers: idempotencyHeader,
      answers: { 200: { description: 'The queue is empty.', schema: ClearedSchema } },
    }),
    async (context) => {
      const queue = queueOf(context.req.param('queue'));
      const cleared = await clearByHand(
        dependencies.queues,
        context.get('tenant'),
        queue,
        dependencies.clock(),
        (signal) => clearQueue(dependencies, context, queue, signal),
      );
      return context.json({ status: 'cleared' as const, cleared });
    },
  );

  return app;
}

async function clearQueue(
  dependencies: MailingRouteDependencies,
  context: HostContext,
  queue: string,
  signal: AbortSignal,
): Promise<number | null> {
  const tenant = context.get('tenant');
  const feature = boundFeature(tenant, 'contactClear');
  const { cleared } = await runMeasured(
    dependencies,
    feature,
    { tenant, personal: [], signal },
    (work) => feature.run({ queue, parameters: {} }, work),
  );
  return cleared ?? null;
}

function queueOf(text: string | undefined): string {
  const result = v.safeParse(QueueSchema, text);
  if (result.success) return result.output;
  throw invalidRequest([
    { parameter: 'queue', message: text === undefined ? 'is missing' : result.issues[0].message },
  ]);
}

function parametersOf(text: string | undefined): Parameters {
  if (text === undefined) return {};
  const result = v.safeParse(v.pipe(v.string(), v.parseJson(), ParametersSchema), text);
  if (result.success) return result.output;
  throw invalidRequest([
    { parameter: 'parameters', message: 'must be a JSON object of texts, numbers and booleans' },
  ]);
}

function oneOf<Value extends string>(
  values: readonly Value[],
  text: string | undefined,
  parameter: string,
): Value | undefined {
  if (text === undefined) return undefined;
  const known = values.find((value) => value === text);
  if (known) return known;
  throw invalidRequest([{ parameter, message: `must be one of ${values.join(', ')}` }]);
}

function afterOf(text: string | undefined): number {
  if (text === undefined) return 0;
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw invalidRequest([{ parameter: 'after', message: 'must be the `next` of a page' }]);
}

function parsed(row: string): unknown {
  try {
    return JSON.parse(row);
  } catch {
    // A row longer than what is kept of it.
    return row;
  }
}

/** A host has taken the mailing up in the same moment, or it is gone. */
async function unlessLost<Result>(
  work: Promise<Result>,
  detail = 'The mailing is being worked on at this moment.',
): Promise<Result> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof LoadLost)) throw error;
    throw new RequestError(409, 'conflict', detail, { hint: 'Send the same request again.' });
  }
}
