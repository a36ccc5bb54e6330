import { TelephonyError, type Delivery } from '@finaz-telephony/core';
import { expect, it, onTestFinished, vi } from 'vitest';
import { boundFeature } from '../../src/tenants/bound-feature.ts';
import { createQueueOwners } from '../../src/mailings/queue-owners.ts';
import { clearByHand } from '../../src/mailings/clear-by-hand.ts';
import type { Tenant } from '../../src/tenants/tenant.ts';
import { openOneMailing } from '../support/one-mailing.ts';
import { openResults } from '../support/open-results.ts';

const connectionOf = (tenant: Tenant) => boundFeature(tenant, 'dialerResults').connection;

/** A mailing that would come into the queue. */
const comerOf = ({ id }: Tenant) => ({
  id: 'm-1',
  tenant_id: id,
  queue: '7',
  state: 'waiting' as const,
  cleared_at: null,
  created_at: 0,
});

it('a clear by hand sends nothing more once its host was frozen for longer than its hold on the queue: a mailing may have been loaded since', async () => {
  const { store, tenant, close } = await openResults();
  onTestFinished(close);
  let skipped = 0;
  const monotonic = performance.now.bind(performance);
  vi.spyOn(performance, 'now').mockImplementation(() => monotonic() + skipped);
  onTestFinished(() => void vi.restoreAllMocks());
  const queues = createQueueOwners(store, Date.now);
  await clearByHand(
    { queues, clock: Date.now },
    tenant,
    '7',
    connectionOf(tenant),
    async ({ mayLeave }) => {
      expect(mayLeave()).toBe(true);
      skipped = 90_000;
      expect(mayLeave()).toBe(false);
    },
  );
});

it('a clear by hand with a lost answer keeps loads out of the queue until the vendor had time to finish; a clear that was never sent does not', async () => {
  const { store, tenant, close } = await openResults();
  onTestFinished(close);
  let now = Date.now();
  const clock = () => now;
  const queues = createQueueOwners(store, clock);
  const taken = () => queues.takenFrom(comerOf(tenant), 'dialer');
  const failed = (delivery: Delivery) =>
    clearByHand({ queues, clock }, tenant, '7', connectionOf(tenant), async () => {
      throw new TelephonyError({ code: 'timeout', message: 'No answer in time.', delivery });
    }).catch(() => undefined);
  await failed('not_sent');
  expect(await taken()).toBeUndefined();
  await failed('unknown');
  now += 4900;
  expect(await taken()).toEqual({ is: 'clearing' });
  now += 200;
  expect(await taken()).toBeUndefined();
});

const lost = () => Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' });

it('a clear by hand that fails because the host did not hear that it got the queue leaves the queue free for the next request', async () => {
  const { store, tenant, close } = await openResults();
  onTestFinished(close);
  const queues = createQueueOwners(store, Date.now);
  let isCleared = false;
  const unheard: typeof queues = {
    ...queues,
    async hold(...args) {
      await queues.hold(...args);
      throw lost();
    },
  };
  const cleared = (on: typeof queues) =>
    clearByHand({ queues: on, clock: Date.now }, tenant, '7', connectionOf(tenant), async () => {
      isCleared = true;
      return 3;
    });
  await expect(cleared(unheard)).rejects.toThrow('ECONNRESET');
  expect(isCleared).toBe(false);
  await expect.poll(() => cleared(queues).catch(String)).toBe(3);
});

it('a clear by hand that has succeeded is reported as done, even if the queue can be released only later', async () => {
  const { store, tenant, close } = await openResults();
  onTestFinished(close);
  const owners = createQueueOwners(store, Date.now);
  let isAway = true;
  const queues: typeof owners = {
    ...owners,
    async free(...args) {
      if (!isAway) return owners.free(...args);
      isAway = false;
      throw lost();
    },
  };
  const clear = async () => 3;
  expect(
    await clearByHand({ queues, clock: Date.now }, tenant, '7', connectionOf(tenant), clear),
  ).toBe(3);
  const taken = () => queues.takenFrom(comerOf(tenant), 'dialer');
  await expect.poll(taken, { timeout: 10_000 }).toBeUndefined();
});

it('a clear by hand is refused while a mailing waits to go on at the same connection, even if another mailing has had the queue elsewhere since', async () => {
  const { tenant, clock, close, host, claim } = await openOneMailing();
  onTestFinished(close);
  const { mailings, intakes, queues } = host('first');
  // Cleared and held back, for instance until its numbers may be called again.
  const key = await claim('first');
  const found = async (id: string) => {
    const record = await mailings.find(tenant, id);
    if (!record) throw new Error(`there is no mailing ${id}`);
    return record;
  };
  const waits = await found('m-1');
  await queues.beginLoad(waits, key, 'a');
  await queues.cleared(waits, key, 'a');
  await mailings.change(tenant, waits, key, { cleared_at: clock(), state: 'waiting' });
  await mailings.release(key);

  await intakes.create(tenant, { id: 'm-2', queue: '7', parameters: {} });
  await intakes.received('m-2', { total: 1, rejected: 0, areaCodes: ['41'] });
  const next = { mailingId: 'm-2', fence: 0 };
  expect(await queues.beginLoad(await found('m-2'), next, 'b')).toEqual({ is: 'begun' });
  await mailings.command(tenant, 'm-2', 'cancel');

  const loadsThrough = (contactLoad: string) => ({ ...tenant, bindings: { contactLoad } });
  const clear = (contactLoad: string) =>
    clearByHand(
      { queues, clock },
      loadsThrough(contactLoad),
      '7',
      connectionOf(tenant),
      async () => 'cleared',
    );
  await expect(clear('a')).rejects.toThrow('Mailing m-1 has not finished loading');
  const deactivated = await claim('first');
  await mailings.command(tenant, 'm-1', 'deactivate');
  await expect(clear('a')).rejects.toThrow('Mailing m-1 may still have requests under way');
  await mailings.release(deactivated);
  expect(await clear('b')).toBe('cleared');
});
