import type { KnownCall } from '@finaz-telephony/core';
import type { DamagedEvent, EventLog, StoredEvent } from '../events/event-log.ts';
import { joinNumber } from '../results/dialed-number.ts';
import type { ShownAttempt } from '../results/shown-attempt.ts';
import type { CallResults } from '../results/call-results.ts';
import type { Tenant } from '../tenants/tenant.ts';
import type { CallFinder } from './call-finder.ts';
import { longestCallMs, toKnownCall } from './call-record.ts';

/** What is known of a call from both directions: placed by us, delivered by the vendor's dialer, or told in its report. */
export interface KnownCalls {
  readonly find: (tenant: Tenant, callId: string) => Promise<KnownCall | undefined>;
  /**
   * The call that an extension most likely has now: the latest placed or answered. `undefined` where the id of that one is not known: the one before may be
   * with somebody else by now.
   */
  readonly currentOf: (tenant: Tenant, extension: string) => Promise<KnownCall | undefined>;
}

export function createKnownCalls(
  calls: CallFinder,
  events: EventLog,
  results: CallResults,
  now: () => number,
): KnownCalls {
  async function find(tenant: Tenant, callId: string): Promise<KnownCall | undefined> {
    const [ofId, answered] = await Promise.all([
      calls.find(tenant, callId),
      events.findByCall(tenant, callId),
    ]);
    const placed = ofId.filter((record) => record.feature === 'click2call');
    // Some systems give an id again: the last call with it is meant, and of that call the first that is known.
    const last = Math.max(
      ...placed.map(({ createdAt }) => createdAt),
      ...answered.map(({ at }) => at),
    );
    const since = last - longestCallMs;
    const ownPlaced = placed.find(({ createdAt }) => createdAt >= since);
    if (ownPlaced) return toKnownCall(ownPlaced);
    const ownAnswered = answered.find(({ at }) => at >= since);
    if (ownAnswered) return fromEvent(ownAnswered);
    const [dialed] = await results.find(tenant, callId);
    return dialed && fromAttempt(callId, dialed.attempt);
  }

  return {
    find,

    async currentOf(tenant, extension) {
      // An older one is not the current one.
      const since = now() - longestCallMs;
      const [placed, answered] = await Promise.all([
        calls.lastOf(tenant, extension, since),
        events.lastOf(tenant, extension, since),
      ]);
      if (placed && (!answered || placed.createdAt > answered.at)) return toKnownCall(placed);
      // It may be one that was placed, and have captures.
      return answered && find(tenant, (answered.call ?? answered).callId);
    },
  };
}

function fromEvent(event: StoredEvent | DamagedEvent): KnownCall {
  const { call, at } = event;
  const { callId, extension } = call ?? event;
  return {
    callId,
    extension,
    ...(call && { number: call.number }),
    startedAt: new Date(at),
    captures: {},
    ...(call?.contactId !== undefined && { contactId: call.contactId }),
  };
}

function fromAttempt(callId: string, attempt: ShownAttempt): KnownCall {
  return {
    callId,
    number: joinNumber(attempt),
    startedAt: new Date(attempt.at),
    captures: {},
    ...(attempt.contactId !== null && { contactId: attempt.contactId }),
    ...(attempt.extension !== undefined && { extension: attempt.extension }),
  };
}
