import { chunksOf } from '../store/chunks-of.ts';
import type { Store } from '../store/store.ts';
import { Watchers } from '../watchers.ts';
import type { StoredEvent } from './event-log.ts';

/** Somebody who watches the events of a tenant. */
export interface Subscriber {
  /** There is something new to read. @param event the new event, if this host has just appended it */
  readonly wake: (event: StoredEvent | undefined) => void;
  /** Notifications may have been missed, and the log may have lost its end, if a standby took over that did not have all of it. */
  readonly doubt: () => void;
}

/** Tells subscribers on this host of events, whichever host received them. */
export interface EventHub {
  readonly subscribe: (tenantId: string, subscriber: Subscriber) => () => void;
  /** An event that this host has appended. */
  readonly appended: (tenantId: string, event: StoredEvent) => void;
  /** Wakes the subscribers of companies with new events since the last look: their notifications may have been lost. */
  readonly look: () => Promise<void>;
  readonly close: () => void;
}

/** Should a notification ever be lost, nobody waits longer than this. */
const safetyMs = 5000;

export function createEventHub(store: Store): EventHub {
  const subscribers = new Watchers<Subscriber>();
  const wake = (tenantId: string, event: StoredEvent | undefined) => {
    for (const subscriber of subscribers.of(tenantId)) subscriber.wake(event);
  };
  const doubtAll = () => {
    for (const tenantId of subscribers.ids())
      for (const subscriber of subscribers.of(tenantId)) subscriber.doubt();
  };
  const stops = [
    store.listen('events', (tenantId) => {
      if (tenantId === '*') doubtAll();
      else wake(tenantId, undefined);
    }),
    // The deletion of a company arrives as `*`, and ends the streams of that company.
    store.listen('tenants', (tenantId) => {
      if (tenantId === '*') doubtAll();
    }),
  ];

  /** The number of each company's last event, at the last look. */
  let seen: ReadonlyMap<string, number> = new Map();
  async function look(): Promise<void> {
    const tenantIds = subscribers.ids();
    const now = new Map(tenantIds.map((tenantId) => [tenantId, 0]));
    // One query for many streams: if each were woken, thousands of them would send thousands of queries for nothing.
    for (const chunk of chunksOf(tenantIds)) {
      const rows = await store.db
        .selectFrom('event_counters')
        .selectAll()
        .where('tenant_id', 'in', chunk)
        .execute();
      for (const { tenant_id, last } of rows) now.set(tenant_id, last);
    }
    const before = seen;
    seen = now;
    for (const [tenantId, last] of now)
      if (before.get(tenantId) !== last) wake(tenantId, undefined);
  }

  // While the store is away there is nothing to see; the next look is soon.
  const safety = setInterval(() => void look().catch(() => undefined), safetyMs);
  safety.unref();

  return {
    subscribe: (tenantId, subscriber) => subscribers.add(tenantId, subscriber),
    appended: wake,
    look,
    close() {
      clearInterval(safety);
      for (const stop of stops) stop();
    },
  };
}
