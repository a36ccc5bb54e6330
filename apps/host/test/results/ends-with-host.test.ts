import type { ReportedAttempt } from '@finaz-telephony/core';
import { expect, onTestFinished, test } from 'vitest';
import { openResults } from '../support/open-results.ts';

test('a report that is here already, and long, is read no further where the host ends: what came is kept, and no adapter is blamed', async () => {
  const results = await openResults({ '7001': ['+5541999990001'] });
  onTestFinished(results.close);
  const rows = Array.from({ length: 2000 }, (_, index): ReportedAttempt => ({
    contactId: '7001',
    areaCode: '41',
    number: '999990001',
    at: '2026-11-24T12:00:00.000Z',
    outcome: 'unknown',
    vendorStatus: 'BUSY',
    callId: `c-${index}`,
  }));
  await expect(results.fetch(rows, { signal: AbortSignal.abort() })).rejects.toMatchObject({
    code: 'network',
    hint: expect.stringContaining('this host is shutting down'),
  });
  const kept = await results.all();
  expect(kept.length).toBeGreaterThan(0);
  expect(kept.length).toBeLessThanOrEqual(500);
});
