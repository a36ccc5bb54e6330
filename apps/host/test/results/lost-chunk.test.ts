import { expect, onTestFinished, test, vi } from 'vitest';
import { openResults } from '../support/open-results.ts';
import { reportedCalls } from '../support/reported-calls.ts';

test('a fetch fails if one of its chunks could not be stored, even if the store is back for the next one', async () => {
  const results = await openResults({ '7001': [] });
  onTestFinished(results.close);
  const rows = reportedCalls(1500);
  vi.spyOn(results.attempts, 'write').mockRejectedValueOnce(new Error('the store is away'));
  await expect(results.fetch(rows)).rejects.toThrow('the store is away');
});
