import { expect, it, onTestFinished, vi } from 'vitest';
import { createQueueOwners } from '../../src/mailings/queue-owners.ts';
import { clearByHand } from '../../src/mailings/steer-mailing.ts';
import { openResults } from '../support/open-results.ts';

it('a clear by hand does not leave a host any more that stood still meanwhile: another one may have loaded into the queue since', async () => {
  const { store, tenant, close } = await openResults();
  onTestFinished(close);
  let skipped = 0;
  const monotonic = performance.now.bind(performance);
  vi.spyOn(performance, 'now').mockImplementation(() => monotonic() + skipped);
  onTestFinished(() => void vi.restoreAllMocks());
  const queues = createQueueOwners(store, Date.now);
  await clearByHand(queues, tenant, '7', Date.now(), async ({ mayLeave }) => {
    expect(mayLeave()).toBe(true);
    skipped = 90_000;
    expect(mayLeave()).toBe(false);
  });
});
