import { setImmediate as nextTurn } from 'node:timers/promises';
import { rest } from '../rest.ts';
import type { TellSeldom } from '../tell-seldom.ts';
import type { Tenant, TenantDirectory } from '../tenants/tenant.ts';
import type { EventHub } from './event-hub.ts';
import type { EventLog, StoredEvent } from './event-log.ts';

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

/** How far a stream has come. */
interface Place {
  readonly seq: number;
  /** The event there, where this stream has given it. */
  readonly event?: StoredEvent;
}

/**
 * Every event after `afterSeq`, in order, each once, until the signal is aborted. An event that is just the next one is handed on from
 * memory; whatever leaves a gap is read from the log, page by page and only as fast as the reader takes it.
 */
export async function* followEvents(options: FollowOptions): AsyncGenerator<StoredEvent> {
  const { tenantId, hub, signal } = options;
  let place: Place = { seq: options.afterSeq };
  let isBehind = true;
  let isDoubted = false;
  let next: StoredEvent[] = [];
  let wakeUp: (() => void) | undefined;
  const doubt = () => {
    isBehind = true;
    isDoubted = true;
    wakeUp?.();
  };
  const stop = hub.subscribe(tenantId, {
    doubt,
    wake(event) {
      const newest = next.at(-1);
      const expected = (newest?.seq ?? place.seq) + 1;
      if (event && !isBehind && event.seq === expected && next.length < pageSize) next.push(event);
      else if (!event || event.seq >= expected) isBehind = true;
      else if (isLater(event, newest ?? place.event)) doubt();
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
        if (event.seq !== place.seq + 1) continue;
        place = { seq: event.seq, event };
        yield event;
      }
      if (isBehind) {
        const wasDoubted: boolean = isDoubted;
        isBehind = false;
        isDoubted = false;
        const read = await readQuietly(options, place, wasDoubted);
        if (read === 'gone') return;
        if (read === 'unreadable') {
          isBehind = true;
          isDoubted ||= wasDoubted;
          await rest(retryMs, { signal, keepsAlive: false });
          continue;
        }
        place = read.place;
        if (read.page.length === pageSize) isBehind = true;
        for (const event of read.page) {
          if (signal.aborted) return;
          place = { seq: event.seq, event };
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

const isLater = ({ at }: StoredEvent, known: StoredEvent | undefined): boolean =>
  known !== undefined && at > known.at;

/**
 * A database that is away for a moment must not end the streams: a browser that comes back meanwhile is refused, and tries no more. Companies are read anew then, as all
 * may have changed. `gone`: the company was deleted.
 */
async function readQuietly(
  { tenantId, directory, log, tellSeldom }: FollowOptions,
  from: Place,
  isDoubted: boolean,
): Promise<{ place: Place; page: StoredEvent[] } | 'gone' | 'unreadable'> {
  try {
    const tenant = await directory.get(tenantId);
    if (!tenant) return 'gone';
    const place = isDoubted ? await placeNow(log, tenant, from) : from;
    return { place, page: await log.read(tenant, place.seq, pageSize) };
  } catch (error) {
    tellSeldom({ err: error, tenant: tenantId }, 'events could not be read; trying again');
    return 'unreadable';
  }
}

/**
 * Where a stream is in the log as it is now. A standby that took over may have lost the last events, and gives their numbers to others: those came later than what
 * this stream has given, and lie before its place.
 */
async function placeNow(log: EventLog, tenant: Tenant, place: Place): Promise<Place> {
  const { seq, event: given } = place;
  if (given) {
    const [there] = await log.read(tenant, seq - 1, 1);
    if (there?.id === given.id) return place;
  }
  const end = Math.min(seq, await log.lastSeq(tenant.id));
  if (!given) return { seq: end };
  const before = Math.max(0, end - pageSize);
  const others = await log.read(tenant, before, end - before);
  const first = others.find((event) => event.at > given.at);
  return { seq: first ? first.seq - 1 : end };
}
