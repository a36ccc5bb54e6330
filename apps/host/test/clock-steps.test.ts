// The clock of the machine is set back by hours: by NTP, or by hand.
import { afterEach, beforeEach, expect, it, onTestFinished, vi } from 'vitest';
import { createWebhookDeliveries } from '../src/events/webhook-deliveries.ts';
import { createResultFetches } from '../src/results/result-fetches.ts';
import { createClockSteps } from '../src/clock-steps.ts';
import { openOneMailing } from './support/one-mailing.ts';

beforeEach(() => void vi.useFakeTimers({ toFake: ['performance'] }));
afterEach(() => void vi.useRealTimers());

const hour = 3_600_000;

async function openPutOff() {
  const one = await openOneMailing();
  onTestFinished(one.close);
  const { store, tenant, ref, clock, pass, host } = one;
  const { mailings } = host('first');
  const deliveries = createWebhookDeliveries(store, 'first', clock);
  const fetches = createResultFetches(store, clock);
  // A telephone system has asked for a pause of a minute.
  const key = await one.claim('first');
  const change = { held_until: clock() + 60_000 };
  await mailings.change(tenant, await one.record(), key, change, 'waiting');
  await mailings.release(key);
  // The CRM did not answer, and a fetch is to wait for calls that are not over yet.
  await deliveries.add(tenant.id, 'mailing.results', 'm-1');
  for (const claimed of await deliveries.claim([], () => 9))
    await deliveries.putBack(claimed, clock() + 60_000);
  const ofMailing = { id: 'm-1', ref, tenantId: tenant.id, connection: 'dialer' };
  await fetches.request(ofMailing, { isFinal: true, at: clock() + 60_000 });
  return {
    fetches,
    look: createClockSteps(store, clock),
    /** Time passes on both clocks, the system's and the monotonic one. */
    passes: (ms: number) => {
      pass(ms);
      vi.advanceTimersByTime(ms);
    },
    set: pass,
    due: async () => ({
      mailings: (await mailings.claim(9, [], 9)).map(({ id }) => id),
      webhooks: (await deliveries.claim([], () => 9)).map(({ subject }) => subject),
      fetches: (await fetches.claimDue(9, [])).map(({ results }) => results.mailingId),
    }),
  };
}

it('after the clock is set back, mailings, webhooks and result fetches that were put off are due at once, not hours later', async () => {
  const { look, passes, set, due } = await openPutOff();
  set(-2 * hour);
  expect(await due()).toEqual({ mailings: [], webhooks: [], fetches: [] });
  passes(3000);
  expect(await look()).toBe(true);
  expect(await due()).toEqual({ mailings: ['m-1'], webhooks: ['m-1'], fetches: ['m-1'] });
});

it('a clock that runs on, is corrected by two seconds or jumps ahead does not count as set back: what was put off is due at its time', async () => {
  const { look, passes, set, due } = await openPutOff();
  for (const step of [0, -2000, 500]) {
    set(step);
    passes(3000);
    expect(await look()).toBe(false);
  }
  expect(await due()).toEqual({ mailings: [], webhooks: [], fetches: [] });
  set(hour);
  expect(await look()).toBe(false);
  expect(await due()).toEqual({ mailings: ['m-1'], webhooks: ['m-1'], fetches: ['m-1'] });
});

it('after the clock is set back, results that are being fetched are not fetched again', async () => {
  const { look, passes, set, fetches } = await openPutOff();
  passes(60_000);
  const [under] = await fetches.claimDue(1, []);
  if (!under) throw new Error('nothing was due');
  set(-2 * hour);
  passes(3000);
  expect(await look()).toBe(true);
  const told = { unreadable: 0, unreadableSample: [], outside: 0 };
  expect(await fetches.complete(under, told, null)).toBe(true);
  expect(await fetches.find('m-1')).toMatchObject({ state: 'complete', nextAt: undefined });
});
