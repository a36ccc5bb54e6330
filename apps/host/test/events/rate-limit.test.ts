import { expect, it } from 'vitest';
import { createRateLimit } from '../../src/events/rate-limit.ts';

it('lets all pass that come at once, and has what follows wait for them', () => {
  const limit = createRateLimit({ perSecond: 10, burst: 20, now: () => 0 });
  expect(limit.take('1042', 25)).toBe(0);
  expect(limit.take('1042')).toBe(600);
  expect(limit.take('2084')).toBe(0);
});
