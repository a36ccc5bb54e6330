import { expect, it } from 'vitest';
import { meaningOfStatus } from '../../src/index.ts';

const meaning = (status: number, headers: Readonly<Record<string, string>> = {}) =>
  meaningOfStatus({ status, headers: new Headers(headers) });

it.each([
  [200, undefined],
  [204, undefined],
  [302, { code: 'unreadable_response' }],
  [400, { code: 'refused' }],
  [401, { code: 'auth_failed' }],
  [403, { code: 'auth_failed' }],
  [404, { code: 'not_found' }],
  [408, { code: 'unavailable' }],
  [409, { code: 'refused' }],
  [429, { code: 'rate_limited' }],
  [500, { code: 'unavailable' }],
  [502, { code: 'network' }],
  [503, { code: 'unavailable' }],
  [504, { code: 'timeout' }],
  [520, { code: 'network' }],
  [522, { code: 'unavailable' }],
  [524, { code: 'timeout' }],
])('meaningOfStatus gives %i its error code, or nothing for a success', (status, told) => {
  expect(meaning(status)).toEqual(told);
});

it('meaningOfStatus reads Retry-After for 429 and 503 only, as seconds or as a date, and ignores other text', () => {
  const seconds = { 'Retry-After': '7' };
  expect(meaning(429, seconds)).toEqual({ code: 'rate_limited', retryAfterMs: 7000 });
  expect(meaning(503, seconds)).toEqual({ code: 'unavailable', retryAfterMs: 7000 });
  expect(meaning(409, seconds)).toEqual({ code: 'refused' });
  const past = { 'Retry-After': 'Wed, 21 Oct 2015 07:28:00 GMT' };
  expect(meaning(429, past)).toEqual({ code: 'rate_limited', retryAfterMs: 0 });
  expect(meaning(429, { 'Retry-After': 'soon' })).toEqual({ code: 'rate_limited' });
});
