import * as v from 'valibot';
import type { StoredEvent } from './event-log.ts';

/** An answered call as the CRM gets it, by stream and by webhook. */
export const ShownEventSchema = v.pipe(
  v.object({
    id: v.string(),
    contactId: v.pipe(
      v.nullable(v.string()),
      v.description('`null`: the telephone system did not tell it; `number` finds the client.'),
    ),
    number: v.string(),
    callId: v.string(),
    extension: v.string(),
    at: v.string(),
    source: v.picklist(['server', 'browser', 'callback']),
  }),
  v.metadata({ ref: 'AnsweredCall' }),
);
export type ShownEvent = v.InferOutput<typeof ShownEventSchema>;

export function shownEvent(event: StoredEvent): ShownEvent {
  const { contactId, number, callId, extension } = event.call;
  return {
    id: event.id,
    contactId: contactId ?? null,
    number,
    callId,
    extension,
    at: new Date(event.at).toISOString(),
    source: event.source,
  };
}
