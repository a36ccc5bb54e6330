import { randomBytes } from 'node:crypto';
import { expect, test, vi } from 'vitest';
import { startHousekeeping, type HousekeepingDependencies } from '../../src/housekeeping.ts';
import { silentLogger } from '../../src/logger.ts';
import { heartbeatMs } from '../../src/store/host-lease.ts';
import { createVault } from '../../src/store/vault.ts';
import { openTestStore } from '../support/host-place.ts';
import { recordsOf } from '../support/records.ts';
import { newCall } from '../support/new-call.ts';

const now = 1_800_000_000_000;

async function openHouse(over: (records: ReturnType<typeof recordsOf>) => object = () => ({})) {
  const { store, close } = await openTestStore();
  const records = recordsOf(store, 'this', () => now);
  const dependencies: HousekeepingDependencies = {
    ...records,
    store,
    logger: silentLogger,
    retentionDays: 90,
    now: () => now,
    ...over(records),
  };
  return { store, records, dependencies, close };
}

test('a host goes on renewing its lease while its housekeeping takes long', async () => {
  const tidied = Promise.withResolvers<number>();
  let beats = 0;
  const house = await openHouse(({ exchanges, intakes, lease, calls }) => ({
    exchanges: { ...exchanges, prune: () => tidied.promise },
    intakes: { ...intakes, abandoned: async () => [] },
    calls: { ...calls, doubt: async () => 0 },
    lease: {
      ...lease,
      forgetDead: async () => undefined,
      beat: async () => {
        beats += 1;
      },
    },
  }));
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'] });
  const stop = startHousekeeping(house.dependencies);
  try {
    for (let turn = 0; turn < 1000 && beats < 3; turn += 1) {
      await new Promise((resolve) => setImmediate(resolve));
      await vi.advanceTimersByTimeAsync(heartbeatMs);
    }
    expect(beats).toBeGreaterThanOrEqual(3);
  } finally {
    tidied.resolve(0);
    vi.useRealTimers();
    await stop();
    await house.close();
  }
});

test('a call of a dead host is put in doubt even if that host is no longer in the list of hosts', async () => {
  const house = await openHouse();
  const { store, records } = house;
  const vault = createVault(store, [{ id: 'test', key: randomBytes(32) }]);
  const tenant = { id: '1042', cipher: await vault.cipher('1042') };
  const callOf = (hostId: string, at: number, { calls } = recordsOf(store, hostId, () => at)) =>
    calls.begin(newCall(tenant, { attemptId: hostId }));
  const long = now - 60_000;
  const living = recordsOf(store, 'living', () => now);
  await living.lease.beat();
  // A host that is no longer in the list of hosts.
  await callOf('dead', long);
  await callOf('living', long);
  await callOf('starting', now);
  await callOf('this', now, records);
  // A file has one host: any other host that was sending is gone, and its calls are in doubt as soon as this one starts.
  const others = store.native.engine === 'sqlite' ? 'in_doubt' : 'sending';
  const stop = startHousekeeping(house.dependencies);
  await stop();
  const calls = await store.db.selectFrom('calls').select(['id', 'state']).orderBy('id').execute();
  expect(calls).toEqual([
    { id: 'dead', state: 'in_doubt' },
    { id: 'living', state: others },
    { id: 'starting', state: others },
    { id: 'this', state: 'sending' },
  ]);
  expect(await records.calls.doubt()).toBe(0);
  await house.close();
});
