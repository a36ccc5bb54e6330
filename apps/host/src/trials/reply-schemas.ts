import { FeatureNameSchema } from '@finaz-telephony/core/host';
import * as v from 'valibot';
import { ShownRequestSchema } from '../exchanges/shown-request.ts';
import { invalidRequest } from '../http/request-error.ts';
import { NotificationSchema } from './notification-sample.ts';
import { ShownErrorSchema } from './shown-error.ts';

const KeptReplySchema = v.strictObject({
  status: v.optional(v.pipe(v.number(), v.integer(), v.minValue(200), v.maxValue(599)), 200),
  headers: v.optional(v.record(v.string(), v.string()), {}),
  body: v.pipe(v.optional(v.string(), ''), v.description('As it came.')),
});

export const TryReplySchema = v.strictObject({
  feature: FeatureNameSchema,
  input: v.pipe(
    v.optional(v.unknown()),
    v.description('What the feature is given; made-up values where it is left out.'),
  ),
  replies: v.pipe(
    v.optional(
      v.pipe(v.array(KeptReplySchema), v.minLength(1, 'needs at least one reply'), v.maxLength(20)),
    ),
    v.description(
      'Of all features but answeredCall. In the order of the requests. Fewer than these answer the last ones: one reply is that to the request of the feature itself.',
    ),
  ),
  notification: v.pipe(
    v.optional(NotificationSchema),
    v.description(
      'Of answeredCall, and in the place of input and replies: a request of the telephone system, which begins there.',
    ),
  ),
});

/** The sample to read: for `answeredCall` a request of the telephone system, for all other features its replies. @throws {RequestError} if it is missing */
export function wantedReading({
  feature,
  input,
  replies,
  notification,
}: v.InferOutput<typeof TryReplySchema>) {
  if (feature === 'answeredCall') {
    if (!notification || replies || input !== undefined)
      throw invalidRequest([{ path: 'notification', message: onlyNotification }]);
    return { feature, notification };
  }
  if (!replies || notification)
    throw invalidRequest([{ path: 'replies', message: `is what ${feature} takes` }]);
  return { feature, input, replies };
}

const onlyNotification =
  'is what answeredCall takes, and nothing else: a request of the telephone system';

const reads = v.array(
  v.object({
    expression: v.string(),
    value: v.pipe(v.optional(v.unknown()), v.description('Left out where there is nothing.')),
  }),
);

const StepSchema = v.variant('kind', [
  v.object({
    kind: v.literal('reply'),
    place: v.string(),
    status: v.number(),
    isReadable: v.pipe(v.boolean(), v.description('Of the form that `read` expects.')),
    value: v.pipe(v.optional(v.unknown()), v.description('What `reply` is.')),
  }),
  v.object({
    kind: v.literal('rule'),
    place: v.pipe(v.string(), v.description('In the settings: click2call.outcome.0')),
    expression: v.string(),
    reads,
    holds: v.pipe(v.boolean(), v.description('The first that holds decides.')),
    is: v.string(),
    message: v.optional(v.string()),
  }),
  v.object({
    kind: v.pipe(v.literal('status'), v.description('No rule holds: the HTTP status decides.')),
    place: v.string(),
    status: v.number(),
  }),
  v.object({
    kind: v.literal('notification'),
    place: v.string(),
    query: v.pipe(v.unknown(), v.description('What `query` is.')),
    body: v.pipe(v.unknown(), v.description('What `body` is.')),
  }),
  v.object({
    kind: v.pipe(
      v.literal('signature'),
      v.description('What follows is read also where it would be refused.'),
    ),
    place: v.string(),
    state: v.pipe(
      v.picklist(['right', 'old', 'refused', 'unchecked']),
      v.description(
        '`old`: right, and too old by now, as a kept sample is. `unchecked`: a secret of the connection is not set.',
      ),
    ),
    reason: v.optional(v.string()),
    reads,
  }),
  v.object({
    kind: v.pipe(
      v.literal('value'),
      v.description('A capture, a field of a notification, or what decides how it goes on.'),
    ),
    place: v.string(),
    expression: v.string(),
    reads,
    value: v.string(),
  }),
  v.object({
    kind: v.pipe(v.literal('row'), v.description('A row of a report or a notification.')),
    place: v.string(),
    state: v.picklist(['attempt', 'event', 'skipped', 'unreadable']),
    reason: v.optional(v.string()),
    fields: v.array(
      v.object({ name: v.string(), expression: v.string(), reads, value: v.string() }),
    ),
  }),
]);

export const TriedReplySchema = v.object({
  ok: v.boolean(),
  requests: v.pipe(v.array(ShownRequestSchema), v.description('What each reply answers.')),
  steps: v.pipe(v.array(StepSchema), v.description('How it was read.')),
  result: v.pipe(
    v.optional(v.unknown()),
    v.description(
      'What the CRM is told: of a notification the events, and the rows that cannot be used. Where only its signature is wrong, they are here all the same.',
    ),
  ),
  error: v.optional(ShownErrorSchema),
  answer: v.pipe(
    v.optional(v.object({ status: v.number(), body: v.optional(v.string()) })),
    v.description(
      'What the sender of a notification would hear: without "body" the words of the host.',
    ),
  ),
  further: v.pipe(
    v.optional(v.union([ShownRequestSchema, v.literal('after a pause')])),
    v.description('More would be asked than there are replies: another page, or the same again.'),
  ),
});
