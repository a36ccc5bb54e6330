import type { ReportedAttempt } from '@finaz-telephony/core';
import { expect, onTestFinished, test, vi } from 'vitest';
import { openResults } from '../support/open-results.ts';

test('a fetch has failed of which a part could not be stored, though the store is back for the others', async () => {
  const results = await openResults({ '7001': [] });
  onTestFinished(results.close);
  const rows = Array.from({ length: 1500 }, (_, index): ReportedAttempt => ({
    contactId: '7001',
    areaCode: '41',
    number: '999990001',
    at: '2026-11-24T12:00:00.000Z',
    outcome: 'unknown',
    vendorStatus: 'BUSY',
    callId: `c-${index}`,
  }));
  vi.spyOn(results.attempts, 'write').mockRejectedValueOnce(new Error('the store is away'));
  await expect(results.fetch(rows)).rejects.toThrow('the store is away');
});
