import type { KnownCall } from '@finaz-telephony/core';
import type { DamagedEvent, EventLog, StoredEvent } from '../events/event-log.ts';
import { joinNumber } from '../results/dialed-number.ts';
import type { ShownAttempt } from '../results/shown-attempt.ts';
import type { CallResults } from '../results/call-results.ts';
import type { Tenant } from '../tenants/tenant.ts';
import type { CallFinder } from './call-finder.ts';
import { longestCallMs, toKnownCall } from './call-record.ts';

/** Looks up what is known of a call, whether it was placed by us, delivered by the vendor's dialer, or reported in its results. */
export interface KnownCalls {
  readonly find: (tenant: Tenant, callId: string) => Promise<KnownCall | undefined>;
  /**
   * The call that an extension most likely has now: the latest placed or answered. `undefined` if the id of that call is not known: the call before it may be
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
    // Some systems reuse ids: the last call with this id is meant, and of that call the earliest record.
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
      // No call lasts longer, so an older one cannot be the current one.
      const since = now() - longestCallMs;
      const [placed, answered] = await Promise.all([
        calls.lastOf(tenant, extension, since),
        events.lastOf(tenant, extension, since),
      ]);
      if (placed && (!answered || placed.createdAt > answered.at)) return toKnownCall(placed);
      // `find`, because the answered call may have been placed here, and then has captures.
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
