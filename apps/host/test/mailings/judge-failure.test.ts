import { TelephonyError, type Delivery, type ErrorCode } from '@finaz-telephony/core';
import { expect, it } from 'vitest';
import { judgeFailure, pauseMs, type Verdict } from '../../src/mailings/load/judge-failure.ts';

it.each<[ErrorCode, Delivery, Verdict, Verdict]>([
  // Nobody knows whether the contact was taken: it is sent again only if that adds no second entry.
  ['timeout', 'unknown', 'doubt', 'again'],
  ['unreadable_response', 'unknown', 'doubt', 'again'],
  ['internal', 'unknown', 'doubt', 'again'],
  // The request has not left the host.
  ['network', 'not_sent', 'again', 'again'],
  ['unavailable', 'not_sent', 'again', 'again'],
  ['rate_limited', 'not_sent', 'again', 'again'],
  // Only this contact cannot be written as a request.
  ['invalid_input', 'not_sent', 'contact', 'contact'],
  // No contact can be sent: if each one counted as failed, so would the whole mailing.
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
])(
  'the error %s with delivery %s is judged as "%s", and as "%s" if the vendor keeps one entry per contact',
  (code, delivery, once, repeatable) => {
    const error = new TelephonyError({ code, delivery, message: 'It failed.' });
    expect([judgeFailure(error, false), judgeFailure(error, true)]).toEqual([once, repeatable]);
  },
);

it('the pause before the next try is what the vendor asks for, up to a minute, and otherwise doubles up to 32 s', () => {
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
