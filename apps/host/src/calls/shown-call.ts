import * as v from 'valibot';
import { ShownEventSchema } from '../events/shown-event.ts';
import { ShownExchangeSchema } from '../exchanges/shown-exchange.ts';
import { ShownAttemptSchema } from '../results/shown-attempt.ts';
import { unreadableRow } from '../store/damaged-rows.ts';
import type { CallRecord } from './call-record.ts';

export const callStates = ['sending', 'accepted', 'failed', 'in_doubt'] as const;

/** A call or transfer that was asked for, in its current state. */
export const ShownCallSchema = v.pipe(
  v.object({
    attemptId: v.pipe(v.string(), v.description('Our own id.')),
    feature: v.picklist(['click2call', 'transfer']),
    connection: v.string(),
    state: v.picklist(callStates),
    callId: v.pipe(v.nullable(v.string()), v.description("The vendor's id of the call.")),
    queue: v.string(),
    extension: v.string(),
    number: v.pipe(v.optional(v.string()), v.description('Of a call: what was dialed, as E.164.')),
    destination: v.pipe(v.optional(v.string()), v.description('Of a transfer.')),
    error: v.optional(v.object({ code: v.string(), message: v.string() })),
    unreadable: unreadableRow('number, destination and error'),
    createdAt: v.string(),
    updatedAt: v.string(),
  }),
  v.metadata({ ref: 'Call' }),
);
export type ShownCall = v.InferOutput<typeof ShownCallSchema>;

export function shownCall(record: CallRecord): ShownCall {
  const { number, destination, error } = record.detail ?? {};
  return {
    attemptId: record.attemptId,
    feature: record.feature,
    connection: record.connection,
    state: record.state,
    callId: record.callId,
    queue: record.queue,
    extension: record.extension,
    ...(!record.detail && { unreadable: true }),
    ...(number !== undefined && { number }),
    ...(destination !== undefined && { destination }),
    // A call that was in doubt until it turned out to have been placed still has the error of that time.
    ...(error && record.state !== 'accepted' && { error }),
    createdAt: new Date(record.createdAt).toISOString(),
    updatedAt: new Date(record.updatedAt).toISOString(),
  };
}

/** One thing that is known of a call. */
export const TimelineEntrySchema = v.pipe(
  v.variant('kind', [
    v.object({ at: v.string(), kind: v.literal('attempt'), attempt: ShownCallSchema }),
    v.object({ at: v.string(), kind: v.literal('exchange'), exchange: ShownExchangeSchema }),
    v.object({
      at: v.string(),
      kind: v.literal('answered'),
      event: v.object({
        id: v.string(),
        source: ShownEventSchema.entries.source,
        connection: v.string(),
        number: v.optional(v.string()),
        extension: v.string(),
        contactId: v.optional(v.string()),
        unreadable: v.pipe(
          v.optional(v.literal(true)),
          v.description('The stored event is damaged: its number and contact are lost.'),
        ),
      }),
    }),
    v.object({
      at: v.string(),
      kind: v.literal('result'),
      result: v.object({ mailingId: v.string(), attempt: ShownAttemptSchema }),
    }),
  ]),
  v.metadata({ ref: 'TimelineEntry' }),
);
export type TimelineEntry = v.InferOutput<typeof TimelineEntrySchema>;
