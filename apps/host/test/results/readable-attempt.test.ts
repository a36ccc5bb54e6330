import type { ReportedAttempt } from '@finaz-telephony/core';
import { describe, expect, it } from 'vitest';
import { readAttempt } from '../../src/results/readable-attempt.ts';

const attempt: ReportedAttempt = {
  contactId: '7001',
  areaCode: '41',
  number: '999990001',
  at: '2026-11-24T12:00:00.000Z',
  outcome: 'unknown',
  vendorStatus: 'BUSY',
  callId: 'c-1',
};

describe('an attempt from an adapter', () => {
  it.each([
    ['without a prototype', Object.create(null)],
    ['null', null],
    ['a text', 'BUSY'],
    ['longer than any store can keep', { ...attempt, duration: 1e20 }],
    ['of no length that is a number', { ...attempt, duration: Number.NaN }],
    ['of an hour that may be any', { ...attempt, at: '2026-11-24T12:00:00' }],
    ['of a day that begins at another hour elsewhere', { ...attempt, at: '2026-11-24 12:00' }],
  ])('is refused with a reason, not with an exception: %s', (_, given) => {
    expect(readAttempt(given)).toEqual(expect.any(String));
  });

  it.each(['2026-11-24T09:00:00-03:00', '2026-11-24T12:00:00Z'])(
    'is read if its time is %s',
    (at) => {
      expect(readAttempt({ ...attempt, at })).toMatchObject({
        at: Date.parse('2026-11-24T12:00:00.000Z'),
      });
    },
  );

  it('is read if its duration has fractions of a second', () => {
    expect(readAttempt({ ...attempt, duration: 41.6 })).toMatchObject({ callId: 'c-1' });
  });
});
