import { expect, onTestFinished, test } from 'vitest';
import { openResults } from '../support/open-results.ts';
import { reportedCalls } from '../support/reported-calls.ts';

test('a host that shuts down stops reading a long report, keeps the chunk it has, and names the shutdown as the cause', async () => {
  const results = await openResults({ '7001': ['+5541999990001'] });
  onTestFinished(results.close);
  const rows = reportedCalls(2000);
  await expect(results.fetch(rows, { signal: AbortSignal.abort() })).rejects.toMatchObject({
    code: 'network',
    hint: expect.stringContaining('this host is shutting down'),
  });
  const kept = await results.all();
  expect(kept.length).toBeGreaterThan(0);
  expect(kept.length).toBeLessThanOrEqual(500);
});
