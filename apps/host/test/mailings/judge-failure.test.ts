import { TelephonyError, type Delivery, type ErrorCode } from '@finaz-telephony/core';
import { expect, it } from 'vitest';
import { judgeFailure, pauseMs, type Verdict } from '../../src/mailings/load/judge-failure.ts';

it.each<[ErrorCode, Delivery, Verdict, Verdict]>([
  // Nobody knows whether it was taken: sent again only where that adds nothing.
  ['timeout', 'unknown', 'doubt', 'again'],
  ['unreadable_response', 'unknown', 'doubt', 'again'],
  ['internal', 'unknown', 'doubt', 'again'],
  // It has not left.
  ['network', 'not_sent', 'again', 'again'],
  ['unavailable', 'not_sent', 'again', 'again'],
  ['rate_limited', 'not_sent', 'again', 'again'],
  // Only this contact cannot be written as a request.
  ['invalid_input', 'not_sent', 'contact', 'contact'],
  // No contact can be: were each held against it, the whole mailing would fail.
  ['auth_failed', 'answered', 'stop', 'stop'],
  ['auth_failed', 'not_sent', 'stop', 'stop'],
  ['invalid_config', 'not_sent', 'stop', 'stop'],
  ['feature_off', 'not_sent', 'stop', 'stop'],
  ['address_blocked', 'not_sent', 'stop', 'stop'],
  ['internal', 'not_sent', 'stop', 'stop'],
  // The telephone system said no.
  ['rate_limited', 'answered', 'again', 'again'],
  ['unavailable', 'answered', 'contact', 'again'],
  ['refused', 'answered', 'contact', 'contact'],
  ['not_found', 'answered', 'contact', 'contact'],
])('%s, %s: %s, and %s where a contact may be sent again', (code, delivery, once, repeatable) => {
  const error = new TelephonyError({ code, delivery, message: 'It failed.' });
  expect([judgeFailure(error, false), judgeFailure(error, true)]).toEqual([once, repeatable]);
});

it('the pause before the next try is what the telephone system asks for, else longer each time, and never more than a minute', () => {
  const failure = (retryAfterMs?: number) =>
    new TelephonyError({
      code: 'unavailable',
      message: 'It failed.',
      ...(retryAfterMs !== undefined && { retryAfterMs }),
    });
  expect([1, 2, 3, 6, 7, 500].map((count) => pauseMs(failure(), count))).toEqual([
    1000, 2000, 4000, 32_000, 32_000, 32_000,
  ]);
  expect([0, 1500, 3_600_000].map((asked) => pauseMs(failure(asked), 1))).toEqual([
    0, 1500, 60_000,
  ]);
});
