import { expect, onTestFinished, test } from 'vitest';
import { openResults } from '../support/open-results.ts';
import { reportedCalls } from '../support/reported-calls.ts';

test('a report that is here already, and long, is read no further where the host ends: what came is kept, and no adapter is blamed', async () => {
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
