import type { EventLog } from '../events/event-log.ts';
import type { ExchangeLog } from '../exchanges/exchange-log.ts';
import type { Tenant } from '../tenants/tenant.ts';
import type { CallResults } from '../results/call-results.ts';
import type { CallFinder } from './call-finder.ts';
import type { CallRecord } from './call-record.ts';
import type { ShownCall, TimelineEntry } from './shown-call.ts';

export interface TimelineSources {
  readonly calls: CallFinder;
  readonly events: EventLog;
  readonly exchanges: ExchangeLog;
  readonly results: CallResults;
}

/** Everything known of one call, both directions, in the order of time. */
export async function callTimeline(
  sources: TimelineSources,
  tenant: Tenant,
  callId: string,
): Promise<TimelineEntry[]> {
  const [attempts, exchanges, events, results] = await Promise.all([
    sources.calls.find(tenant, callId),
    sources.exchanges.find(tenant.id, tenant.cipher, { callId, limit: 500 }),
    sources.events.findByCall(tenant, callId),
    sources.results.find(tenant, callId),
  ]);
  const entries: TimelineEntry[] = [
    ...attempts.map((record): TimelineEntry => ({
      at: iso(record.createdAt),
      kind: 'attempt',
      attempt: showAttempt(record),
    })),
    ...exchanges.map((exchange): TimelineEntry => ({
      at: exchange.at,
      kind: 'exchange',
      exchange,
    })),
    ...events.map((event): TimelineEntry => ({
      at: iso(event.at),
      kind: 'answered',
      event: {
        id: event.id,
        source: event.source,
        connection: event.connection,
        number: event.call.number,
        extension: event.call.extension,
        ...(event.call.contactId !== undefined && { contactId: event.call.contactId }),
      },
    })),
    ...results.map((result): TimelineEntry => ({
      at: result.attempt.at,
      kind: 'result',
      result,
    })),
  ];
  return entries.toSorted((left, right) => left.at.localeCompare(right.at));
}

const iso = (at: number) => new Date(at).toISOString();

export function showAttempt(record: CallRecord): ShownCall {
  const { number, destination, error } = record.detail;
  return {
    attemptId: record.attemptId,
    feature: record.feature,
    connection: record.connection,
    state: record.state,
    callId: record.callId,
    queue: record.queue,
    extension: record.extension,
    ...(number !== undefined && { number }),
    ...(destination !== undefined && { destination }),
    // One that came to light afterwards had an error until then.
    ...(error && record.state !== 'accepted' && { error }),
    createdAt: iso(record.createdAt),
    updatedAt: iso(record.updatedAt),
  };
}
