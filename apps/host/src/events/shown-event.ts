import type { StoredEvent } from './event-log.ts';

/** The event as the CRM sees it, by stream and by webhook. */
export function shownEvent(event: StoredEvent) {
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
