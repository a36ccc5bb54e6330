import { rest } from '../rest.ts';
import type { TellSeldom } from '../tell-seldom.ts';
import type { Tenant, TenantDirectory } from '../tenants/tenant.ts';
import type { EventHub, Subscriber } from './event-hub.ts';
import type { ReadEvents } from './read-together.ts';
import type { DamagedEvent, EventLog, StoredEvent } from './event-log.ts';

export interface FollowOptions {
  readonly tenantId: string;
  readonly afterSeq: number;
  readonly signal: AbortSignal;
  readonly log: EventLog;
  readonly hub: Pick<EventHub, 'subscribe'>;
  readonly directory: TenantDirectory;
  readonly tellSeldom: TellSeldom;
}

/** A small page: hundreds of screens may each be given one in the same turn of the event loop. */
const pageSize = 50;
/** The most events that are looked through for the lost ones: more than a standby loses. */
const mostLost = 200;
const retryMs = 2000;
/** The most events that a reader remembers: more than a company has until a host notices that another database has taken over. */
const mostRemembered = 20;

/** How far a reader has come. */
interface Place {
  readonly seq: number;
  /** The last events that the reader was given, the latest last. */
  readonly given: readonly Pick<StoredEvent, 'id' | 'seq' | 'at'>[];
}

/** The place after an event. `given` stays the same array if the reader was given this event before. */
function placeAfter({ given }: Place, { id, seq, at }: Place['given'][number]): Place {
  if (given.some((known) => known.id === id)) return { seq, given };
  return { seq, given: [...given, { id, seq, at }].slice(-mostRemembered) };
}

/**
 * Every event after `afterSeq`, in order, each once, until the signal is aborted. An event that is just the next one is handed on from
 * memory; whatever leaves a gap is read from the log, page by page and only as fast as the reader takes it.
 */
export async function* followEvents(options: FollowOptions): AsyncGenerator<StoredEvent> {
  const { tenantId, hub, signal } = options;
  let place: Place = { seq: options.afterSeq, given: [] };
  /** @returns whether the event is new to the reader */
  function advanceTo(event: StoredEvent | DamagedEvent): boolean {
    const { given } = place;
    place = placeAfter(place, event);
    return place.given !== given;
  }
  const news = createNews(() => place);
  const stop = hub.subscribe(tenantId, news);
  signal.addEventListener('abort', news.wakeUp);
  try {
    while (!signal.aborted) {
      for (const event of news.takeNext()) {
        if (event.seq === place.seq + 1 && advanceTo(event)) yield event;
      }
      if (!news.isBehind()) {
        await news.arrival(signal);
        continue;
      }
      const { isDoubted } = news.catchUp();
      const read = await readQuietly(options, place, isDoubted);
      if (read === 'gone') return;
      if (read === 'unreadable') {
        if (isDoubted) news.doubt();
        else news.fallBehind();
        await rest(retryMs, { signal, keepsAlive: false });
        continue;
      }
      place = read.place;
      if (read.page.length === pageSize) news.fallBehind();
      for (const event of read.page) {
        if (signal.aborted) return;
        if (!advanceTo(event)) continue;
        // Nothing will make a damaged one readable, and waiting for it would keep every later call from the screen.
        if (event.call !== undefined) yield event;
      }
    }
  } finally {
    signal.removeEventListener('abort', news.wakeUp);
    stop();
  }
}

/** What one reader was notified of since it last looked: the next events themselves or, if they leave a gap, that there is something to read from the log. */
interface News extends Subscriber {
  /** The events that follow the last one without a gap, once. */
  readonly takeNext: () => readonly StoredEvent[];
  /** Whether the log has, or may have, more than was notified; true at first. */
  readonly isBehind: () => boolean;
  readonly fallBehind: () => void;
  /** The log is about to be read. Later notifications may be missing from that read. */
  readonly catchUp: () => { readonly isDoubted: boolean };
  /** Resolves when there is something to take or to read, or the signal is aborted. */
  readonly arrival: (signal: AbortSignal) => Promise<void>;
  readonly wakeUp: () => void;
}

/** @param readerPlace how far the reader has come */
function createNews(readerPlace: () => Place): News {
  let next: StoredEvent[] = [];
  let isBehind = true;
  let isDoubted = false;
  let resolveArrival: (() => void) | undefined;
  const wakeUp = () => resolveArrival?.();
  function doubt(): void {
    isBehind = true;
    isDoubted = true;
    wakeUp();
  }
  return {
    doubt,
    wake(event) {
      const last = next.at(-1);
      const place = readerPlace();
      const expected = (last?.seq ?? place.seq) + 1;
      if (event && !isBehind && event.seq === expected && next.length < pageSize) next.push(event);
      else if (!event || event.seq >= expected) isBehind = true;
      else if (isLater(event, last ?? place.given.at(-1))) doubt();
      wakeUp();
    },
    takeNext() {
      const taken = next;
      next = [];
      return taken;
    },
    isBehind: () => isBehind,
    fallBehind() {
      isBehind = true;
    },
    catchUp() {
      const caught = { isDoubted };
      isBehind = false;
      isDoubted = false;
      return caught;
    },
    async arrival(signal) {
      if (isBehind || next.length > 0 || signal.aborted) return;
      await new Promise<void>((resolve) => {
        resolveArrival = resolve;
      });
      resolveArrival = undefined;
    },
    wakeUp,
  };
}

type Moment = Pick<StoredEvent, 'at'>;

const isLater = ({ at }: Moment, known: Moment | undefined): boolean =>
  known !== undefined && at > known.at;

/**
 * A database that is away for a moment must not end the streams: a browser that reconnects meanwhile is refused, and does not try again. The company is looked
 * up each time, as it may have changed. `gone`: it was deleted.
 */
async function readQuietly(
  { tenantId, directory, log, tellSeldom }: FollowOptions,
  from: Place,
  isDoubted: boolean,
): Promise<{ place: Place; page: Awaited<ReturnType<ReadEvents>> } | 'gone' | 'unreadable'> {
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
 * Where a reader is in the log as it is now. A standby that took over may have lost the last events and given their numbers to new ones: the reader would miss
 * these, because they lie before its place. It may already have been given some that came after them.
 */
async function placeNow(log: EventLog, tenant: Tenant, place: Place): Promise<Place> {
  const { seq, given } = place;
  if (given.length === 0) return { seq: Math.min(seq, await log.lastSeq(tenant.id)), given };
  const places = given.map((event) => event.seq);
  const before = Math.min(...places) - 1;
  const there = await log.read(tenant, before, Math.max(...places) - before);
  const kept = given.filter(({ id }) => there.some((event) => event.id === id));
  if (kept.length === given.length) return place;
  const lost = given.filter((event) => !kept.includes(event));
  // From the number of the first lost event on, the log has other events.
  const end = Math.min(seq, ...lost.map((event) => event.seq - 1));
  if (kept.some((event) => event.seq <= end)) return { seq: end, given: kept };
  const latest = { at: Math.max(...lost.map(({ at }) => at)) };
  return { seq: await lastBefore(log, tenant, { end, latest }), given: kept };
}

/** Events up to `end`, which the reader no longer remembers, are new to it as well if they are later than the lost ones. */
async function lastBefore(
  log: EventLog,
  tenant: Tenant,
  { end, latest }: { readonly end: number; readonly latest: Moment },
): Promise<number> {
  const last = Math.min(end, await log.lastSeq(tenant.id));
  const before = Math.max(0, last - mostLost);
  const others = await log.read(tenant, before, last - before);
  const first = others.find((event) => isLater(event, latest));
  return first ? first.seq - 1 : last;
}
