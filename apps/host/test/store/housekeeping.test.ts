import { expect, test, vi } from 'vitest';
import { startHousekeeping, type HousekeepingDependencies } from '../../src/housekeeping.ts';
import { silentLogger } from '../../src/logger.ts';
import { heartbeatMs } from '../../src/store/host-lease.ts';
import { openTestStore } from '../support/host-place.ts';
import { recordsOf } from '../support/records.ts';

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

test('a host that tidies up for long shows all the while that it lives', async () => {
  const tidied = Promise.withResolvers<number>();
  let beats = 0;
  const house = await openHouse(({ exchanges, lease }) => ({
    exchanges: { ...exchanges, prune: () => tidied.promise },
    lease: {
      ...lease,
      beat: async () => {
        await lease.beat();
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
