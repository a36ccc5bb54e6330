import { expect, it } from 'vitest';
import { pauseBeforeFetch } from '../../src/results/fetch-pauses.ts';

const minutes = 60_000;

it('results are asked for again for a day, each time after a longer while', () => {
  expect([0, 1, 2, 29, 30].map((tries) => pauseBeforeFetch(tries))).toEqual([
    5_000,
    30_000,
    2 * minutes,
    60 * minutes,
    undefined,
  ]);
});

it('a telephone system that wants to be left alone is, but no longer than an hour', () => {
  expect(pauseBeforeFetch(0, { retryAfterMs: 10 * minutes })).toBe(10 * minutes);
  expect(pauseBeforeFetch(0, { retryAfterMs: 999_999_999_000 })).toBe(60 * minutes);
});
