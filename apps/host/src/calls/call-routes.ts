import { OutcomeSchema } from '@finaz-telephony/core';
import {
  CallIdSchema,
  callPhases,
  Click2CallRequestSchema,
  ExtensionSchema,
} from '@finaz-telephony/core/host';
import { Hono } from 'hono';
import * as v from 'valibot';
import type { EventLog } from '../events/event-log.ts';
import { RequestError } from '../http/request-error.ts';
import type { HostEnv } from '../http/host-env.ts';
import { readJson } from '../http/json-body.ts';
import { replayed } from '../http/idempotency.ts';
import { described, idempotencyHeader, type Operation } from '../http/openapi.ts';
import { nextPage, noNext, pageBefore, paging } from '../http/paging.ts';
import { phoneOf } from '../http/phone-of.ts';
import { filterOf, readQuery, wordOf } from '../http/read-query.ts';
import { callIdOf } from './call-id-of.ts';
import type { CallResults } from '../results/call-results.ts';
import { askForDoubt, callProgress } from './call-progress.ts';
import { callTimeline } from './call-timeline.ts';
import { callStates, shownCall, ShownCallSchema, TimelineEntrySchema } from './shown-call.ts';
import { placeCall, type PlaceCallDependencies } from './place-call.ts';

export interface CallRouteDependencies extends PlaceCallDependencies {
  readonly events: EventLog;
  readonly results: CallResults;
}

const PlacedCallSchema = v.object({
  callId: v.pipe(
    v.nullable(v.string()),
    v.description("The vendor's id of the call; null where it accepted without one."),
  ),
  attemptId: v.pipe(v.string(), v.description('Our own id.')),
});
const CallsSchema = v.object({
  calls: v.array(ShownCallSchema),
  next: nextPage,
});
const ProgressSchema = v.object({
  phase: v.picklist(callPhases),
  outcome: v.optional(OutcomeSchema),
  vendorStatus: v.optional(v.string()),
  duration: v.optional(v.number()),
});
const TimelineSchema = v.object({
  callId: v.string(),
  progress: v.pipe(
    v.nullable(ProgressSchema),
    v.description('Where a placed call stands now, where its telephone system tells.'),
  ),
  entries: v.array(TimelineEntrySchema),
});
const SettleSchema = v.pipe(
  v.strictObject({
    state: v.pipe(
      v.picklist(['accepted', 'failed', 'ask']),
      v.description(
        'What became of it, as seen at the telephone system. `ask`: the host asks the telephone system; for a call only, not for a transfer.',
      ),
    ),
    callId: v.optional(CallIdSchema),
  }),
  v.title('settlement'),
);

/** Where the previous page ended: the time and the id of its last call. */
const lastShown = v.exactOptional(
  v.pipe(
    v.string(),
    v.regex(/^\d{1,15}\.[\da-f-]{36}$/, noNext),
    v.description(pageBefore),
    v.transform((text) => {
      const [time, attemptId = ''] = text.split('.');
      return { createdAt: Number(time), attemptId };
    }),
  ),
);
const callsQuery = {
  state: wordOf(callStates, 'Only those in this state.'),
  extension: filterOf(ExtensionSchema, 'Only those of this operator.'),
  phone: phoneOf('Only those to this number, in any form with its area code.'),
  after: lastShown,
  limit: paging.limit,
};

const operations = {
  placeCall: {
    id: 'placeCall',
    tag: 'calls',
    summary: 'Place a call (click2call)',
    description:
      "Rings the operator's extension and connects it with the number. Where the company has the rule `doubleClick`, a call that is asked for again at once is the same one, with the same answer.",
    body: {
      schema: Click2CallRequestSchema,
      example: { queue: '7', extension: '1001', areaCode: '41', number: '99999-8888' },
    },
    headers: idempotencyHeader,
    answers: {
      201: {
        description: 'The telephone system accepted the call.',
        schema: PlacedCallSchema,
        headers: {
          Location: 'All that is known of the call, where it has an id.',
        },
      },
    },
  },
  listCalls: {
    id: 'listCalls',
    tag: 'calls',
    summary: 'List calls and transfers',
    description:
      'With `state=in_doubt`: what may or may not have happened at the telephone system, for a person to settle.',
    query: callsQuery,
    answers: { 200: { description: 'The latest first.', schema: CallsSchema } },
  },
  getCall: {
    id: 'getCall',
    tag: 'calls',
    summary: 'Everything known of one call',
    description:
      'In the order of time, both directions: what was asked for, each exchange with the telephone system, answered events, what the dialer reported.',
    answers: { 200: { description: 'The timeline.', schema: TimelineSchema } },
  },
  settleCall: {
    id: 'settleCall',
    tag: 'calls',
    summary: 'Settle a call that is in doubt',
    body: { schema: SettleSchema, example: { state: 'accepted' } },
    headers: idempotencyHeader,
    answers: { 200: { description: 'As it stands now.', schema: ShownCallSchema } },
  },
} satisfies Readonly<Record<string, Operation>>;

/** Routes to place, list, show and settle calls, under `/v1/tenants/:tenant`. */
export function createCallRoutes(dependencies: CallRouteDependencies): Hono<HostEnv> {
  const app = new Hono<HostEnv>();

  app.post('/calls', described(operations.placeCall), async (context) => {
    const request = await readJson(context, Click2CallRequestSchema);
    const tenant = context.get('tenant');
    const { result: placed, isAgain } = await placeCall(dependencies, tenant, request);
    if (isAgain) context.header(...replayed);
    if (placed.callId !== null) {
      context.header(
        'Location',
        `/v1/tenants/${encodeURIComponent(tenant.id)}/calls/${encodeURIComponent(placed.callId)}`,
      );
    }
    return context.json(placed, 201);
  });

  app.get('/calls', described(operations.listCalls), async (context) => {
    const { phone, ...filter } = readQuery(context, callsQuery);
    const records = await dependencies.calls.list(context.get('tenant'), {
      ...filter,
      ...(phone !== undefined && { number: phone }),
    });
    const last = records.length < filter.limit ? undefined : records.at(-1);
    return context.json({
      calls: records.map(shownCall),
      next: last ? `${last.createdAt}.${last.attemptId}` : null,
    });
  });

  app.get('/calls/:callId', described(operations.getCall), async (context) => {
    const callId = callIdOf(context);
    const entries = await callTimeline(dependencies, context.get('tenant'), callId);
    if (entries.length === 0) {
      throw new RequestError(404, 'not_found', 'Nothing is known of a call with this id.', {
        hint: 'The id is the one that the telephone system gave: the callId of POST …/calls or the cid of an event.',
      });
    }
    const progress = await callProgress(dependencies, context.get('tenant'), callId);
    return context.json({ callId, progress, entries });
  });

  app.post('/calls/:attemptId/settle', described(operations.settleCall), async (context) => {
    const tenant = context.get('tenant');
    const attemptId = context.req.param('attemptId');
    const settlement = await readJson(context, SettleSchema);
    const asked =
      settlement.state === 'ask'
        ? await askForDoubt(dependencies, tenant, attemptId)
        : { state: settlement.state, callId: settlement.callId ?? null };
    const settled = await dependencies.calls.settle(tenant, attemptId, asked.state, asked.callId);
    const record = await dependencies.calls.byAttempt(tenant, attemptId);
    if (!record) throw new RequestError(404, 'not_found', 'There is no attempt with this id.');
    if (!settled && record.state !== asked.state) {
      throw new RequestError(
        409,
        'conflict',
        `The attempt is not in doubt; it is ${record.state}.`,
      );
    }
    return context.json(shownCall(record));
  });

  return app;
}
