// Looking each second whether their queue is free would cost several hundred mailings half a core: a mailing that leaves a queue wakes the next one.
import { expect, it, onTestFinished } from 'vitest';
import { startHousekeeping } from '../../src/housekeeping.ts';
import { silentLogger } from '../../src/logger.ts';
import { waitForQueue } from '../../src/mailings/load/may-load.ts';
import { leaseMs, queueBusyMs, untilFetched } from '../../src/mailings/mailing-state.ts';
import { showMailing } from '../../src/mailings/show-mailing.ts';
import { openOneMailing } from '../support/one-mailing.ts';

/** A mailing, m-1, that is being loaded into its queue. */
async function openBusyQueue() {
  const one = await openOneMailing();
  onTestFinished(one.close);
  const { tenant, clock, pass, record } = one;
  const { mailings, queues, intakes } = one.host('first');
  const first = await one.claim('first');
  expect(await queues.beginLoad(await record(), first, 'dialer')).toEqual({ is: 'begun' });
  const find = async (id: string) => {
    const found = await mailings.find(tenant, id);
    if (!found) throw new Error(`there is no mailing ${id}`);
    return found;
  };
  const claim = async (id: string) => {
    const claimed = await mailings.claim(9, [], 9);
    expect(claimed.map((mailing) => mailing.id)).toEqual([id]);
    return { mailingId: id, fence: claimed[0]?.fence ?? 0 };
  };

  return {
    ...one,
    mailings,
    first,
    find,
    claim,
    /** A mailing for the same queue comes in, finds it taken, and waits. @param meanwhile before it is written down that it waits */
    wait: async (id: string, meanwhile?: () => Promise<unknown>) => {
      pass(1000);
      await intakes.create(tenant, { id, queue: '7', parameters: {} });
      await intakes.received(id, { total: 1, rejected: 0, areaCodes: ['41'] });
      const key = await claim(id);
      const found = await find(id);
      const taken = await queues.takenFrom(found, 'dialer');
      if (taken?.is !== 'busy') throw new Error('the queue is not taken');
      await meanwhile?.();
      const dependencies = { mailings, queues, clock };
      await waitForQueue(
        { dependencies, tenant, record: found, lease: { key }, connection: 'dialer' },
        taken,
      );
      await mailings.release(key);
    },
    due: async () => (await mailings.claim(9, [], 9)).map(({ id }) => id),
    /** The load of m-1 ends, and leaves the queue. */
    end: async () => {
      await mailings.change(tenant, await record(), first, { state: 'active' }, 'loading');
      await mailings.release(first);
    },
  };
}

it('a mailing that waits for its queue shows no heldUntil, and is due as soon as the queue is left', async () => {
  const { clock, find, wait, due, end } = await openBusyQueue();
  await wait('m-2');
  const waiting = await find('m-2');
  expect(waiting.held_until).toBe(clock() + queueBusyMs);
  expect(showMailing(waiting, clock())).toMatchObject({
    state: 'waiting',
    heldUntil: null,
    error: { code: 'queue_busy' },
  });
  expect(await due()).toEqual([]);
  await end();
  expect(await due()).toEqual(['m-2']);
});

it('a mailing that waits for its queue is due when the queue is left, even if the clock was set back meanwhile', async () => {
  const { pass, wait, due, end } = await openBusyQueue();
  await wait('m-2');
  pass(-2 * 3_600_000);
  await end();
  expect(await due()).toEqual(['m-2']);
});

it('a mailing does not wait for a queue that is left just as the mailing finds it taken: nothing would wake it', async () => {
  const { wait, due, end } = await openBusyQueue();
  await wait('m-2', end);
  expect(await due()).toEqual(['m-2']);
});

it('a load does not begin in a queue in which another load has begun since the look-up: both would be loaded into it', async () => {
  const { host, find, wait } = await openBusyQueue();
  const { queues } = host('first');
  await wait('m-2', async () => {
    const found = await find('m-2');
    const key = { mailingId: 'm-2', fence: found.fence };
    expect(await queues.beginLoad(found, key, 'dialer')).toEqual({
      is: 'busy',
      by: 'm-1',
      why: 'loads',
    });
  });
  expect(await find('m-2')).toMatchObject({ state: 'waiting' });
});

it('a mailing that waits for its queue is due when a person cancels the mailing that has the queue', async () => {
  const { tenant, mailings, first, wait, due } = await openBusyQueue();
  await mailings.command(tenant, 'm-1', 'pause');
  await mailings.release(first);
  await wait('m-2');
  expect(await due()).toEqual([]);
  await mailings.command(tenant, 'm-1', 'cancel');
  expect(await due()).toContain('m-2');
});

it('only the oldest mailing that waits for a queue is woken, and the next one if the oldest does not take it', async () => {
  const { tenant, mailings, clock, find, claim, wait, due, end } = await openBusyQueue();
  for (const id of ['m-2', 'm-3', 'm-4']) await wait(id);
  await end();
  const key = await claim('m-2');
  const closed = {
    held_until: clock() + 60_000,
    error: { code: 'calling_hours', message: 'Later.' },
  };
  await mailings.change(tenant, await find('m-2'), key, closed, 'waiting');
  await mailings.release(key);
  const next = await claim('m-3');
  await mailings.command(tenant, 'm-3', 'cancel');
  await mailings.release(next);
  expect(await due()).toContain('m-4');
  expect((await find('m-2')).held_until).toBe(closed.held_until);
});

it('a mailing that looks just as the queue is left does not overtake an earlier one, which would replace it afterwards', async () => {
  const { store, host, find, wait, due } = await openBusyQueue();
  const { queues } = host('first');
  await wait('m-2');
  await wait('m-3', async () => {
    const found = await find('m-3');
    const key = { mailingId: 'm-3', fence: found.fence };
    // The queue is left, and nobody has been woken yet.
    await store.db
      .updateTable('mailings')
      .set({ state: 'active', lease_until: 0 })
      .where('id', '=', 'm-1')
      .execute();
    expect(await queues.takenFrom(found, 'dialer')).toEqual({
      is: 'busy',
      by: 'm-2',
      why: 'cameFirst',
    });
    expect(await queues.beginLoad(found, key, 'dialer')).toEqual({
      is: 'busy',
      by: 'm-2',
      why: 'cameFirst',
    });
  });
  // Giving way to it wakes it, even if the host that left the queue has died meanwhile.
  expect(await due()).toEqual(['m-2']);
});

it('a mailing that gives way to an earlier one, which has not begun, is told so', async () => {
  const { store, find, wait } = await openBusyQueue();
  await wait('m-2');
  // The queue is left, and nobody has been woken yet.
  await store.db
    .updateTable('mailings')
    .set({ state: 'active', lease_until: 0 })
    .where('id', '=', 'm-1')
    .execute();
  await wait('m-3');
  expect((await find('m-3')).error?.message).toBe(
    'Mailing m-2 came before this one, and waits for the same queue; this one follows it.',
  );
});

it('a mailing that waits for one that is cancelled is told of its last requests, and not to cancel it', async () => {
  const { tenant, mailings, find, wait } = await openBusyQueue();
  await wait('m-2');
  expect((await find('m-2')).error).toEqual({
    code: 'queue_busy',
    message: 'Mailing m-1 has not finished loading into the queue; this one waits for it.',
    hint: 'Cancel that one to go on at once.',
  });
  await mailings.command(tenant, 'm-1', 'cancel');
  await wait('m-3');
  expect((await find('m-3')).error).toEqual({
    code: 'queue_busy',
    message: 'Mailing m-1 may still have requests under way; this one waits until they have ended.',
  });
});

it('a queue that is left wakes only mailings of that queue and company, not older ones of other queues or companies', async () => {
  const { store, tenant, clock, find, wait, due, end, host } = await openBusyQueue();
  const { intakes } = host('first');
  const waits = {
    held_until: clock() + queueBusyMs,
    error: JSON.stringify({ code: 'queue_busy', message: 'Its own is taken.' }),
  };
  for (const [id, tenantId, queue] of [
    ['elsewhere', '2001', '7'],
    ['beside', tenant.id, '8'],
  ] as const) {
    await intakes.create({ ...tenant, id: tenantId }, { id, queue, parameters: {} });
    await intakes.received(id, { total: 1, rejected: 0, areaCodes: ['41'] });
    await store.db.updateTable('mailings').set(waits).where('id', '=', id).execute();
  }
  await wait('m-2');
  await end();
  expect(await due()).toEqual(['m-2']);
  expect(await find('beside')).toMatchObject({ held_until: waits.held_until });
});

it('a load that its vendor holds back for a moment does not wake the mailings that wait for its queue', async () => {
  const { tenant, mailings, record, first, clock, wait, due } = await openBusyQueue();
  await wait('m-2');
  const held = { held_until: clock() + 1000 };
  await mailings.change(tenant, await record(), first, held, 'loading');
  await mailings.release(first);
  expect(await due()).toEqual([]);
});

it('a deactivated mailing whose results are being fetched is not woken: its dialing would be ended a second time', async () => {
  const { tenant, mailings, find, claim, wait, due, end } = await openBusyQueue();
  await wait('m-2');
  await mailings.command(tenant, 'm-2', 'deactivate');
  await end();
  const key = await claim('m-2');
  await mailings.change(tenant, await find('m-2'), key, { held_until: untilFetched });
  await mailings.release(key);
  expect(await due()).toEqual([]);
});

it('a host that starts again wakes the mailing that it should have woken before it died', async () => {
  const { tenant, mailings, record, first, wait, due } = await openBusyQueue();
  await wait('m-2');
  await mailings.change(tenant, await record(), first, { state: 'active' }, 'loading');
  await mailings.releaseAll();
  expect(await due()).toEqual(['m-2']);
});

it('another host wakes the oldest waiting mailing, and only that, once the lease of a host that died before waking it is over', async () => {
  const { store, tenant, mailings, record, first, host, pass, wait, due } = await openBusyQueue();
  for (const id of ['m-2', 'm-3']) await wait(id);
  const other = host('other').mailings;
  await mailings.change(tenant, await record(), first, { state: 'active' }, 'loading');
  await other.wakeForgotten();
  // The lease of the dead host is not over: it may still have requests under way.
  expect(await due()).toEqual([]);
  pass(leaseMs);
  await other.wakeForgotten();
  // m-2 is awake and not yet claimed: that is no reason to wake another one.
  await other.wakeForgotten();
  expect(await due()).toEqual(['m-2']);
  expect(
    await store.db.selectFrom('mailings').select('id').where('held_until', '>', 0).execute(),
  ).toEqual([{ id: 'm-3' }]);
});

it('housekeeping wakes a waiting mailing at once if the host that released its queue died before waking it', async () => {
  const { store, tenant, mailings, record, first, clock, host, wait, due } = await openBusyQueue();
  await wait('m-2');
  await mailings.change(tenant, await record(), first, { state: 'active' }, 'loading');
  await store.db.updateTable('mailings').set({ lease_until: 0 }).where('id', '=', 'm-1').execute();
  const dependencies = {
    ...host('other'),
    store,
    logger: silentLogger,
    retentionDays: 90,
    now: clock,
  };
  await startHousekeeping(dependencies)();
  expect(await due()).toEqual(['m-2']);
});

it('a mailing that nothing has woken looks for its queue by itself after a while', async () => {
  const { pass, wait, due } = await openBusyQueue();
  await wait('m-2');
  pass(queueBusyMs);
  expect(await due()).toContain('m-2');
});
