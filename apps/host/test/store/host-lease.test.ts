// What a host may still do that others may have taken for dead, as where hosts share a database: it is asked of the clock, and of what the host has shown.
import { Pool } from 'pg';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import {
  createHostLease,
  heartbeatMs,
  leaseMs,
  livesAny,
  type HostLease,
} from '../../src/store/host-lease.ts';
import { openTestStore } from '../support/host-place.ts';

let opened: Awaited<ReturnType<typeof openTestStore>>;
let lease: HostLease;
let now: number;
beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['performance'] });
  now = 1_800_000_000_000;
  opened = await openTestStore();
  lease = leaseOf('this');
});
afterEach(async () => {
  vi.useRealTimers();
  await opened.close();
});

const leaseOf = (hostId: string) => {
  const native = { engine: 'postgres', pool: new Pool() } as const;
  return createHostLease({ ...opened.store, native }, hostId, () => now);
};

function pass(ms: number): void {
  now += ms;
  vi.advanceTimersByTime(ms);
}

/** It lives, and shows it. */
async function live(ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += heartbeatMs) {
    pass(heartbeatMs);
    await lease.beat();
  }
}

it('what has waited for long may leave while the host has shown all the while that it lives', async () => {
  await lease.beat();
  const mayLeave = lease.hold();
  await live(4 * leaseMs);
  expect(mayLeave()).toBe(true);
  pass(leaseMs - 1);
  expect(mayLeave()).toBe(true);
  pass(1);
  expect(mayLeave()).toBe(false);
});

it('what waited while the host stood still may leave no more, though it shows again that it lives; what begins then may', async () => {
  await lease.beat();
  const mayLeave = lease.hold();
  pass(leaseMs);
  await lease.beat();
  expect(mayLeave()).toBe(false);
  const next = lease.hold();
  await live(4 * leaseMs);
  expect([mayLeave(), next()]).toEqual([false, true]);
});

it('what has just begun may leave, whatever is known of its host', () => {
  const mayLeave = lease.hold();
  pass(leaseMs - 1);
  expect(mayLeave()).toBe(true);
  pass(1);
  expect(mayLeave()).toBe(false);
});

it('another host lives as long as it was seen a while ago, or has just begun; who has left does not', async () => {
  const other = leaseOf('other');
  const before = now - 10 * leaseMs;
  expect(await lease.isAlive('other', before)).toBe(false);
  expect(await lease.isAlive('other', now - leaseMs)).toBe(true);
  await other.beat();
  pass(leaseMs);
  await lease.forgetDead();
  expect(await lease.isAlive('other', before)).toBe(true);
  pass(1);
  expect(await lease.isAlive('other', before)).toBe(false);
  await other.beat();
  await other.leave();
  expect(await lease.isAlive('other', before)).toBe(false);
});

it('a database is taken for one without hosts only once each has been silent for as long as a dead one', async () => {
  const livesOne = () => livesAny(opened.store, now);
  expect(await livesOne()).toBe(false);
  await lease.beat();
  pass(leaseMs);
  expect(await livesOne()).toBe(true);
  pass(1);
  expect(await livesOne()).toBe(false);
});
