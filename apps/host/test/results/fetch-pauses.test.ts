import { expect, it } from 'vitest';
import { pauseBeforeFetch } from '../../src/results/fetch-pauses.ts';

const minutes = 60_000;

it('failed fetches are retried after growing pauses of up to an hour, thirty times', () => {
  expect([0, 1, 2, 29, 30].map((tries) => pauseBeforeFetch(tries))).toEqual([
    5_000,
    30_000,
    2 * minutes,
    60 * minutes,
    undefined,
  ]);
});

it('the Retry-After of a vendor lengthens the pause before the next fetch, up to an hour', () => {
  expect(pauseBeforeFetch(0, { retryAfterMs: 10 * minutes })).toBe(10 * minutes);
  expect(pauseBeforeFetch(0, { retryAfterMs: 999_999_999_000 })).toBe(60 * minutes);
});
