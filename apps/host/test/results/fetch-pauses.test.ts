import { expect, it } from 'vitest';
import { pauseBeforeFetch } from '../../src/results/fetch-pauses.ts';

const minutes = 60_000;

it('a failed fetch is retried after 5 s, 30 s, 2, 5, 15 and 30 minutes, then every hour for a day', () => {
  const pauses = Array.from({ length: 32 }, (_, tries) => pauseBeforeFetch(tries));
  expect(pauses.slice(0, 6)).toEqual([
    5_000,
    30_000,
    ...[2, 5, 15, 30].map((each) => each * minutes),
  ]);
  expect(pauses.slice(6, 30)).toEqual(Array.from({ length: 24 }, () => 60 * minutes));
  expect(pauses.slice(30)).toEqual([undefined, undefined]);
});

it('the Retry-After of a vendor lengthens the pause before the next fetch, up to an hour', () => {
  expect(pauseBeforeFetch(0, { retryAfterMs: 10 * minutes })).toBe(10 * minutes);
  expect(pauseBeforeFetch(0, { retryAfterMs: 999_999_999_000 })).toBe(60 * minutes);
});
