import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { createEventHub, type Subscriber } from '../../src/events/event-hub.ts';
import { createEventLog, type EventLog } from '../../src/events/event-log.ts';
import { followEvents, type FollowOptions } from '../../src/events/follow-events.ts';
import { openResults } from '../support/open-results.ts';
import { recordsOf } from '../support/records.ts';
import { turnsDuring } from '../support/turns.ts';

/** The events of one company, and streams that follow them from the first event on. */
async function openEvents() {
  const { tenant, store, close } = await openResults();
  const hub = createEventHub(store);
  const { events } = recordsOf(store, 'this', Date.now);
  const ending = new AbortController();
  onTestFinished(async () => {
    ending.abort();
    hub.close();
    await close();
  });
  return {
    tenant,
    store,
    hub,
    events,
    append: (callId: string) =>
      events.append({
        tenant,
        source: 'server',
        connection: 'dialer',
        call: { callId, extension: '1001', number: '41999998888' },
      }),
    follow: (
      changes: Partial<Pick<FollowOptions, 'log' | 'hub' | 'directory' | 'tellSeldom'>> = {},
    ) =>
      followEvents({
        tenantId: tenant.id,
        afterSeq: 0,
        signal: ending.signal,
        log: events,
        hub,
        directory: { peek: () => tenant, get: async () => tenant },
        tellSeldom: () => undefined,
        ...changes,
      }),
  };
}

test('a stream delivers its events once the store is back, after its company and its events could not be read', async () => {
  const { tenant, events, append, follow } = await openEvents();
  const away = ['events', 'company'];
  const awayOnce = (what: string) => {
    if (away.at(-1) !== what) return;
    away.pop();
    throw new Error('the store is away');
  };
  const log: EventLog = {
    ...events,
    read: async (...place) => {
      awayOnce('events');
      return events.read(...place);
    },
  };
  const directory = {
    peek: () => tenant,
    get: async () => {
      awayOnce('company');
      return tenant;
    },
  };
  await append('c-1');
  const { value } = await follow({ log, directory }).next();
  expect(value).toMatchObject({ seq: 1, call: { callId: 'c-1' } });
  expect(away).toEqual([]);
});

test('the stream of a deleted company ends', async () => {
  const { follow } = await openEvents();
  const directory = { peek: () => undefined, get: async () => undefined };
  expect(await follow({ directory }).next()).toMatchObject({ done: true });
});

test('a stream without new events does not read the log again until it is woken', async () => {
  const { events, append, follow } = await openEvents();
  let reads = 0;
  const log: EventLog = {
    ...events,
    read: async (...place) => {
      reads += 1;
      return events.read(...place);
    },
  };
  // A hub of the test, because a database may notify late of what the stream has read already.
  const reader: { wake: Subscriber['wake'] } = { wake: () => undefined };
  const hub = {
    subscribe: (_: string, { wake }: Subscriber) => {
      reader.wake = wake;
      return () => undefined;
    },
  };
  await append('c-1');
  const stream = follow({ log, hub });
  await stream.next();
  const next = stream.next();
  for (let turn = 0; turn < 50; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  expect(reads).toBe(1);
  await append('c-2');
  reader.wake(undefined);
  expect((await next).value).toMatchObject({ call: { callId: 'c-2' } });
});

test('damaged events are skipped and logged, and no other event is lost', async () => {
  const total = 180;
  // More than a page in a row, the last event of a page, and the last event of all.
  const damaged = [...Array.from({ length: 60 }, (_, index) => index + 2), 100, 150, total];
  const { tenant, hub, store, events, append, follow } = await openEvents();
  await Promise.all(Array.from({ length: total }, (_, index) => append(`c-${index}`)));
  await store.db
    .updateTable('events')
    .set({ sealed: 'v1.AAAA' })
    .where('seq', 'in', damaged)
    .execute();
  const told = vi.spyOn(store, 'tellDamaged');
  const stream = follow();
  const whole = Array.from({ length: total }, (_, index) => index + 1).filter(
    (seq) => !damaged.includes(seq),
  );
  for (const seq of whole) expect((await stream.next()).value).toMatchObject({ seq });
  const next = stream.next();
  await append('after');
  const [after] = await events.read(tenant, total, 1);
  if (after?.call) hub.appended(tenant.id, after);
  expect((await next).value).toMatchObject({ seq: total + 1, call: { callId: 'after' } });
  expect(told).toHaveBeenCalledTimes(damaged.length);
  const row = expect.any(String);
  for (const [named] of told.mock.calls)
    expect(named).toEqual({ tenant: tenant.id, table: 'events', row });
});

test('an event that arrives while older events are being read is delivered once, though that read includes it', async () => {
  const { tenant, hub, events, append, follow } = await openEvents();
  const appendAndTell = async (index: number) => {
    await append(`c-${index}`);
    const [stored] = await events.read(tenant, index, 1);
    if (stored?.call) hub.appended(tenant.id, stored);
  };
  let looks = 0;
  const log: EventLog = {
    ...events,
    async read(...place) {
      looks += 1;
      if (looks === 1) await appendAndTell(0);
      return events.read(...place);
    },
  };
  const stream = follow({ log });
  expect((await stream.next()).value).toMatchObject({ seq: 1 });
  const next = stream.next();
  await appendAndTell(1);
  expect((await next).value).toMatchObject({ seq: 2 });
});

test('a stream that nobody reads buffers only some of its events in memory, and delivers all of them later', async () => {
  const { tenant, hub, events, append, follow } = await openEvents();
  let reads = 0;
  const read: EventLog['read'] = (...place) => {
    reads += 1;
    return events.read(...place);
  };
  const stream = follow({ log: { ...events, read } });
  await append('c-1');
  expect((await stream.next()).value).toMatchObject({ seq: 1 });
  const more = Array.from({ length: 300 }, (_, index) => index + 2);
  await Promise.all(more.map((index) => append(`c-${index}`)));
  for (const event of await events.read(tenant, 1, more.length))
    if (event.call) hub.appended(tenant.id, event);
  for (const seq of more) expect((await stream.next()).value).toMatchObject({ seq });
  // Some came from the log, not all from memory.
  expect(reads).toBeGreaterThan(1);
});

test('a stream that catches up on a thousand events lets other work run between its pages', async () => {
  const { append, follow } = await openEvents();
  const total = 1000;
  await Promise.all(Array.from({ length: total }, (_, index) => append(`c-${index}`)));
  const turns = await turnsDuring(async () => {
    for await (const { seq } of follow()) if (seq === total) break;
  });
  // One turn of the event loop between pages of 50.
  expect(turns).toBeGreaterThanOrEqual(19);
});

test('ten streams that start at the same place each deliver every event, and each event is decrypted once', async () => {
  const { tenant, append, follow } = await openEvents();
  const total = 120;
  await Promise.all(Array.from({ length: total }, (_, index) => append(`c-${index}`)));
  const opened: string[] = [];
  const cipher: typeof tenant.cipher = {
    ...tenant.cipher,
    open: (place, sealed) => {
      opened.push(place);
      return tenant.cipher.open(place, sealed);
    },
  };
  const watched = { ...tenant, cipher };
  const directory = { peek: () => watched, get: async () => watched };
  const seqs = Array.from({ length: total }, (_, index) => index + 1);
  const read = await Promise.all(
    Array.from({ length: 10 }, async () => {
      const given: number[] = [];
      for await (const { seq } of follow({ directory })) if (given.push(seq) === total) break;
      return given;
    }),
  );
  expect(read).toEqual(Array.from({ length: 10 }, () => seqs));
  expect(opened).toHaveLength(total);
});

describe('after a failover to a standby that lost the last events and gives their numbers to new events', () => {
  let opened: Awaited<ReturnType<typeof openResults>>;
  let hub: ReturnType<typeof createEventHub>;
  let log: EventLog;
  /** Notifies the hub as when the host listens to the database again. */
  let listenAnew: () => void;
  let now = 1_764_000_000_000;
  let ending: AbortController;

  beforeEach(async () => {
    ending = new AbortController();
    opened = await openResults();
    const handlers: ((tenantId: string) => void)[] = [];
    listenAnew = () => handlers.forEach((handler) => handler('*'));
    hub = createEventHub({
      ...opened.store,
      listen: (_channel, handler) => {
        handlers.push(handler);
        return () => undefined;
      },
    });
    log = createEventLog(opened.store, () => now, hub.appended);
  });
  afterEach(async () => {
    ending.abort();
    hub.close();
    await opened.close();
  });

  async function answer(callId: string, taking = log): Promise<void> {
    now += 1000;
    const call = { callId, extension: '1001', number: '41999998888' };
    await taking.append({ tenant: opened.tenant, source: 'server', connection: 'dialer', call });
  }

  async function forgetAfter(seq: number): Promise<void> {
    const { db } = opened.store;
    await db.deleteFrom('events').where('seq', '>', seq).execute();
    await db.updateTable('event_counters').set({ last: seq }).execute();
  }

  function follow(changes: Partial<Pick<FollowOptions, 'afterSeq' | 'log'>> = {}) {
    const { tenant } = opened;
    const directory = { peek: () => tenant, get: async () => tenant };
    const { signal } = ending;
    const following = { tenantId: tenant.id, afterSeq: 0, signal, log, hub, directory };
    const stream = followEvents({ ...following, tellSeldom: () => undefined, ...changes });
    return async () => (await stream.next()).value?.call.callId;
  }

  /** A stream that has already delivered these calls. */
  async function streamAfter(callIds: readonly string[]) {
    const nextCall = follow();
    for (const callId of callIds) await answer(callId);
    for (const callId of callIds) expect(await nextCall()).toBe(callId);
    return nextCall;
  }

  test('a stream delivers an event that is appended after the host listens again', async () => {
    const nextCall = await streamAfter(['c-1', 'c-2', 'c-3']);
    await forgetAfter(1);
    const next = nextCall();
    listenAnew();
    await answer('c-4');
    expect(await next).toBe('c-4');
  });

  test.each(['soon', 'never'])(
    'a stream delivers the events that reuse lost numbers, if the host listens again %s',
    async (when) => {
      const nextCall = await streamAfter(['c-1', 'c-2', 'c-3']);
      await forgetAfter(1);
      const next = nextCall();
      await answer('c-4');
      await answer('c-5');
      await answer('c-6');
      if (when === 'soon') listenAnew();
      expect([await next, await nextCall(), await nextCall()]).toEqual(['c-4', 'c-5', 'c-6']);
    },
  );

  test('a stream that is already ahead delivers once what another host appended under the lost numbers', async () => {
    const nextCall = await streamAfter(['c-1', 'c-2', 'c-3']);
    await forgetAfter(1);
    const next = nextCall();
    const ofOther = createEventLog(
      opened.store,
      () => now,
      () => undefined,
    );
    for (const callId of ['c-4', 'c-5']) await answer(callId, ofOther);
    await answer('c-6');
    expect(await next).toBe('c-6');
    listenAnew();
    expect([await nextCall(), await nextCall()]).toEqual(['c-4', 'c-5']);
    const later = nextCall();
    listenAnew();
    await answer('c-7');
    expect(await later).toBe('c-7');
  });

  test('a stream delivers once what another host appended under numbers before all that the stream remembers', async () => {
    const given = Array.from({ length: 25 }, (_, index) => `c-${index + 1}`);
    const nextCall = await streamAfter(given);
    const next = nextCall();
    await forgetAfter(3);
    const ofOther = createEventLog(
      opened.store,
      () => now,
      () => undefined,
    );
    const others = ['c-26', 'c-27', 'c-28', 'c-29'];
    for (const callId of others) await answer(callId, ofOther);
    listenAnew();
    expect([await next, await nextCall(), await nextCall(), await nextCall()]).toEqual(others);
    const later = nextCall();
    listenAnew();
    await answer('c-30');
    expect(await later).toBe('c-30');
  });

  test('a stream that has not delivered anything yet continues at the end of the log', async () => {
    for (const callId of ['c-1', 'c-2', 'c-3']) await answer(callId);
    const looked = Promise.withResolvers<void>();
    const watched: EventLog = {
      ...log,
      async lastSeq(tenantId) {
        const last = await log.lastSeq(tenantId);
        looked.resolve();
        return last;
      },
    };
    const next = follow({ afterSeq: 3, log: watched })();
    await forgetAfter(1);
    listenAnew();
    await looked.promise;
    await answer('c-4');
    expect(await next).toBe('c-4');
  });

  test('a stream delivers an event with a reused number even if the log could not be read when the host listened again', async () => {
    let isAway = false;
    const wayward: EventLog = {
      ...log,
      async read(...place) {
        if (!isAway) return log.read(...place);
        isAway = false;
        throw new Error('the store is away');
      },
    };
    const nextCall = follow({ log: wayward });
    for (const callId of ['c-1', 'c-2', 'c-3']) {
      await answer(callId);
      expect(await nextCall()).toBe(callId);
    }
    await forgetAfter(1);
    const ofOther = createEventLog(
      opened.store,
      () => now,
      () => undefined,
    );
    await answer('c-4', ofOther);
    const next = nextCall();
    isAway = true;
    listenAnew();
    expect(await next).toBe('c-4');
    expect(isAway).toBe(false);
  });

  test('a stream delivers no event twice if none was lost', async () => {
    const nextCall = await streamAfter(['c-1', 'c-2']);
    const next = nextCall();
    listenAnew();
    await answer('c-3');
    expect(await next).toBe('c-3');
  });
});
