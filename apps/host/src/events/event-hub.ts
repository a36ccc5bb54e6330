import { setImmediate as nextTurn } from 'node:timers/promises';
import { rest } from '../rest.ts';
import type { Store } from '../store/store.ts';
import type { TellSeldom } from '../tell-seldom.ts';
import type { TenantDirectory } from '../tenants/tenant.ts';
import { Watchers } from '../watchers.ts';
import type { EventLog, StoredEvent } from './event-log.ts';

/** Somebody who watches the events of a tenant. */
export interface Subscriber {
  /** There is something new to read: `event`, where it is the very next one. */
  readonly wake: (event: StoredEvent | undefined) => void;
}

/** Tells subscribers on this host of events, wherever they were received. */
export interface EventHub {
  readonly subscribe: (tenantId: string, subscriber: Subscriber) => () => void;
  /** An event that this host has appended. */
  readonly appended: (tenantId: string, event: StoredEvent) => void;
  /** Wakes those for whom there is something new, should its notification have been lost. */
  readonly look: () => Promise<void>;
  readonly close: () => void;
}

/** Should a notification ever be lost, nobody waits longer than this. */
const safetyMs = 5000;
const askAtOnce = 500;

export function createEventHub(store: Store): EventHub {
  const subscribers = new Watchers<Subscriber>();
  const wake = (tenantId: string, event: StoredEvent | undefined) => {
    for (const subscriber of subscribers.of(tenantId)) subscriber.wake(event);
  };
  const wakeAll = () => {
    for (const tenantId of subscribers.ids()) wake(tenantId, undefined);
  };
  const stops = [
    store.listen('events', (tenantId) => {
      if (tenantId === '*') wakeAll();
      else wake(tenantId, undefined);
    }),
    // A company that is deleted ends its streams.
    store.listen('tenants', (tenantId) => {
      if (tenantId === '*') wakeAll();
    }),
  ];

  /** The last event of each company at the look before. */
  let seen: ReadonlyMap<string, number> = new Map();
  async function look(): Promise<void> {
    const tenantIds = subscribers.ids();
    const now = new Map(tenantIds.map((tenantId) => [tenantId, 0]));
    // One query for many streams: if each were woken, thousands of them would send thousands of queries for nothing.
    for (let start = 0; start < tenantIds.length; start += askAtOnce) {
      const rows = await store.db
        .selectFrom('event_counters')
        .selectAll()
        .where('tenant_id', 'in', tenantIds.slice(start, start + askAtOnce))
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

export interface FollowOptions {
  readonly tenantId: string;
  readonly afterSeq: number;
  readonly signal: AbortSignal;
  readonly log: EventLog;
  readonly hub: EventHub;
  readonly directory: TenantDirectory;
  readonly tellSeldom: TellSeldom;
}

const pageSize = 200;
const retryMs = 2000;

/**
 * Every event after `afterSeq`, in order, each once, until the signal is aborted. An event that is just the next one is handed on from
 * memory; whatever leaves a gap is read from the log, page by page and only as fast as the reader takes it.
 */
export async function* followEvents(options: FollowOptions): AsyncGenerator<StoredEvent> {
  const { tenantId, hub, signal } = options;
  let { afterSeq } = options;
  let isBehind = true;
  let next: StoredEvent[] = [];
  let wakeUp: (() => void) | undefined;
  const stop = hub.subscribe(tenantId, {
    wake(event) {
      const expected = (next.at(-1)?.seq ?? afterSeq) + 1;
      if (event && !isBehind && event.seq === expected && next.length < pageSize) next.push(event);
      else if (!event || event.seq >= expected) isBehind = true;
      wakeUp?.();
    },
  });
  const onAbort = () => wakeUp?.();
  signal.addEventListener('abort', onAbort);
  try {
    while (!signal.aborted) {
      const ready = next;
      next = [];
      for (const event of ready) {
        if (event.seq !== afterSeq + 1) continue;
        afterSeq = event.seq;
        yield event;
      }
      if (isBehind) {
        isBehind = false;
        const page = await readQuietly(options, afterSeq);
        if (page === 'gone') return;
        if (page === 'unreadable') {
          isBehind = true;
          await rest(retryMs, { signal, keepsAlive: false });
          continue;
        }
        if (page.length === pageSize) isBehind = true;
        for (const event of page) {
          if (signal.aborted) return;
          afterSeq = event.seq;
          yield event;
        }
        // A reader who passes over all of them waits for nothing, and on SQLite no read does: the events of months would be read before anybody else comes.
        await nextTurn();
        continue;
      }
      if (next.length > 0) continue;
      await new Promise<void>((resolve) => {
        wakeUp = resolve;
        if (isBehind || next.length > 0 || signal.aborted) resolve();
      });
      wakeUp = undefined;
    }
  } finally {
    signal.removeEventListener('abort', onAbort);
    stop();
  }
}

/**
 * A database that is away for a moment must not end the streams: a browser that comes back meanwhile is refused, and tries no more. Companies are read anew then, as all
 * may have changed. `gone`: the company was deleted.
 */
async function readQuietly(
  { tenantId, directory, log, tellSeldom }: FollowOptions,
  afterSeq: number,
): Promise<StoredEvent[] | 'gone' | 'unreadable'> {
  try {
    const tenant = await directory.get(tenantId);
    return tenant ? await log.read(tenant, afterSeq, pageSize) : 'gone';
  } catch (error) {
    tellSeldom({ err: error, tenant: tenantId }, 'events could not be read; trying again');
    return 'unreadable';
  }
}
