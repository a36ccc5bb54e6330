import type { ReportedAttempt } from '@finaz-telephony/core';

/** A report of so many calls to one contact, each with an id of its own. */
export const reportedCalls = (count: number): ReportedAttempt[] =>
  Array.from({ length: count }, (_, index) => ({
    contactId: '7001',
    areaCode: '41',
    number: '999990001',
    at: '2026-11-24T12:00:00.000Z',
    outcome: 'unknown',
    vendorStatus: 'BUSY',
    callId: `c-${index}`,
  }));
