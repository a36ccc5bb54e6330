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

describe('one odd attempt of an adapter ends no report', () => {
  it.each([
    ['without a prototype', Object.create(null)],
    ['null', null],
    ['a text', 'BUSY'],
    ['longer than any store can keep', { ...attempt, duration: 1e20 }],
    ['of no length that is a number', { ...attempt, duration: Number.NaN }],
    ['of an hour that may be any', { ...attempt, at: '2026-11-24T12:00:00' }],
    ['of a day that begins at another hour elsewhere', { ...attempt, at: '2026-11-24 12:00' }],
  ])('%s', (_, given) => {
    expect(readAttempt(given)).toEqual(expect.any(String));
  });

  it.each(['2026-11-24T09:00:00-03:00', '2026-11-24T12:00:00Z'])('but %s is read', (at) => {
    expect(readAttempt({ ...attempt, at })).toMatchObject({
      at: Date.parse('2026-11-24T12:00:00.000Z'),
    });
  });

  it('but a part of a second is taken', () => {
    expect(readAttempt({ ...attempt, duration: 41.6 })).toMatchObject({ callId: 'c-1' });
  });
});
