import { doesNotOpen } from '../store/seal.ts';
import type { EventLog } from './event-log.ts';
import { shownEvent } from './shown-event.ts';
import type { WebhookSource } from './deliver-webhook.ts';

/** Builds the message about an answered call; the subject is its place in the event log. */
export function answeredCallWebhook(log: EventLog): WebhookSource {
  return async (tenant, subject) => {
    const seq = Number(subject);
    const [event] = await log.read(tenant, seq - 1, 1);
    if (event?.seq !== seq) return undefined;
    if (event.call === undefined) throw doesNotOpen();
    const { callId, number, contactId } = event.call;
    return {
      id: event.id,
      at: event.at,
      data: shownEvent(event),
      callId,
      number,
      ...(contactId !== undefined && { contactId }),
    };
  };
}
