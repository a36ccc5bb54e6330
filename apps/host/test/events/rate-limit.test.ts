import { expect, it } from 'vitest';
import { createRateLimit } from '../../src/events/rate-limit.ts';

it('a rate limit lets a burst pass as a whole, and then makes its sender wait, but no other sender', () => {
  const limit = createRateLimit({ perSecond: 10, burst: 20, now: () => 0 });
  expect(limit.take('1042', 25)).toBe(0);
  expect(limit.take('1042')).toBe(600);
  expect(limit.take('2084')).toBe(0);
});
