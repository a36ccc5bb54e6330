import { describe, expect, it } from 'vitest';
import { createRateLimit } from '../../src/events/rate-limit.ts';

it('lets all pass that come at once, and has what follows wait for them', () => {
  const limit = createRateLimit({ perSecond: 10, burst: 20, now: () => 0 });
  expect(limit.take('1042', 25)).toBe(0);
  expect(limit.take('1042')).toBe(600);
  expect(limit.take('2084')).toBe(0);
});

describe('a clock that is set back', () => {
  const noon = Date.UTC(2026, 10, 24, 12);

  it('refuses no sender', () => {
    let now = noon;
    const limit = createRateLimit({ perSecond: 10, burst: 20, now: () => now });
    expect(limit.take('1042')).toBe(0);
    now -= 3_600_000;
    expect(limit.waitOf('1042')).toBe(0);
    expect(limit.take('1042')).toBe(0);
  });

  it('keeps a sender who had used up all there was waiting no longer than before', () => {
    let now = noon;
    const limit = createRateLimit({ perSecond: 10, burst: 2, now: () => now });
    limit.take('1042');
    limit.take('1042');
    expect(limit.waitOf('1042')).toBe(100);
    now -= 3_600_000;
    expect(limit.waitOf('1042')).toBe(100);
    now += 100;
    expect(limit.take('1042')).toBe(0);
  });
});
