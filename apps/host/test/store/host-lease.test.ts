// What a host may still do when other hosts on its database may think it dead: decided by the clock, and by when the host has renewed its lease.
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

/** The host lives, and renews its lease. */
async function live(ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += heartbeatMs) {
    pass(heartbeatMs);
    await lease.beat();
  }
}

it('work that has waited long may be sent as long as its host has renewed its lease without a gap', async () => {
  await lease.beat();
  const mayLeave = lease.hold();
  await live(4 * leaseMs);
  expect(mayLeave()).toBe(true);
  pass(leaseMs - 1);
  expect(mayLeave()).toBe(true);
  pass(1);
  expect(mayLeave()).toBe(false);
});

it('work that waited while its host was frozen past its lease may not be sent even after a renewal, but new work may', async () => {
  await lease.beat();
  const mayLeave = lease.hold();
  pass(leaseMs);
  await lease.beat();
  expect(mayLeave()).toBe(false);
  const next = lease.hold();
  await live(4 * leaseMs);
  expect([mayLeave(), next()]).toEqual([false, true]);
});

it('new work may be sent for the length of a lease, even if its host has never renewed its lease', () => {
  const mayLeave = lease.hold();
  pass(leaseMs - 1);
  expect(mayLeave()).toBe(true);
  pass(1);
  expect(mayLeave()).toBe(false);
});

it('another host counts as alive for a lease after its last renewal or the start of its work, unless it has left', async () => {
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

it('a database counts as having no hosts only once the lease of each host has expired', async () => {
  const livesOne = () => livesAny(opened.store, now);
  expect(await livesOne()).toBe(false);
  await lease.beat();
  pass(leaseMs);
  expect(await livesOne()).toBe(true);
  pass(1);
  expect(await livesOne()).toBe(false);
});
