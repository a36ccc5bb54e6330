import type { DamagedEvent, EventLog, StoredEvent } from '../events/event-log.ts';
import type { ExchangeLog } from '../exchanges/exchange-log.ts';
import type { Tenant } from '../tenants/tenant.ts';
import type { CallResults } from '../results/call-results.ts';
import type { CallFinder } from './call-finder.ts';
import { shownCall, type TimelineEntry } from './shown-call.ts';

export interface TimelineSources {
  readonly calls: CallFinder;
  readonly events: EventLog;
  readonly exchanges: ExchangeLog;
  readonly results: CallResults;
}

/** More than any call has, unless something about it is asked for again and again. */
const mostExchanges = 500;

/** Everything known of one call, both directions, in the order of time. */
export async function callTimeline(
  sources: TimelineSources,
  tenant: Tenant,
  callId: string,
): Promise<TimelineEntry[]> {
  const [attempts, exchanges, events, results] = await Promise.all([
    sources.calls.find(tenant, callId),
    sources.exchanges.find(tenant.id, tenant.cipher, { callId, limit: mostExchanges }),
    sources.events.findByCall(tenant, callId),
    sources.results.find(tenant, callId),
  ]);
  const entries: TimelineEntry[] = [
    ...attempts.map((record): TimelineEntry => ({
      at: new Date(record.createdAt).toISOString(),
      kind: 'attempt',
      attempt: shownCall(record),
    })),
    ...exchanges.map((exchange): TimelineEntry => ({
      at: exchange.at,
      kind: 'exchange',
      exchange,
    })),
    ...events.map((event): TimelineEntry => ({
      at: new Date(event.at).toISOString(),
      kind: 'answered',
      event: answeredEvent(event),
    })),
    ...results.map((result): TimelineEntry => ({
      at: result.attempt.at,
      kind: 'result',
      result,
    })),
  ];
  return entries.toSorted((left, right) => left.at.localeCompare(right.at));
}

function answeredEvent(
  event: StoredEvent | DamagedEvent,
): Extract<TimelineEntry, { kind: 'answered' }>['event'] {
  const { id, source, connection, call } = event;
  if (!call) return { id, source, connection, extension: event.extension, unreadable: true };
  const { extension, number, contactId } = call;
  return {
    id,
    source,
    connection,
    number,
    extension,
    ...(contactId !== undefined && { contactId }),
  };
}
