import { TelephonyError, type Delivery } from './telephony-error.ts';

const withDelivery = (error: TelephonyError, delivery: Delivery): TelephonyError =>
  new TelephonyError({
    code: error.code,
    message: error.message,
    delivery,
    retryable: error.retryable,
    ...(error.feature && { feature: error.feature }),
    ...(error.vendor && { vendor: error.vendor }),
    ...(error.hint !== undefined && { hint: error.hint }),
    ...(error.retryAfterMs !== undefined && { retryAfterMs: error.retryAfterMs }),
    cause: error,
  });

/** The same error, for work that may have been done: if it still said "nothing was sent", a call would be placed twice. */
export const withUnknownDelivery = (error: TelephonyError): TelephonyError =>
  withDelivery(error, 'unknown');

/** Of what dials, transfers or loads: it was sent, and its answer cannot be read. Whether it was done, nobody can tell. */
export function inDoubtUnread(error: unknown): unknown {
  if (!TelephonyError.isInstance(error)) return error;
  const isUnread =
    error.code === 'unreadable_response' ||
    (error.code === 'response_too_large' && (error.vendor?.status ?? 200) < 300);
  return isUnread ? withUnknownDelivery(error) : error;
}

/**
 * What to throw where work of several requests fails once the first of them has left: an error that says `not_sent` of the second request would have the whole
 * repeated, and a call placed twice. Every other error is returned as it is.
 */
export function afterSending(error: unknown): unknown {
  return TelephonyError.isInstance(error) && error.delivery === 'not_sent'
    ? withUnknownDelivery(error)
    : error;
}

/**
 * What to throw where the vendor has accepted what dials, transfers or loads, and a look at what came of it fails: a 429 or 503 there is an answer to the look, and as one to the
 * whole it would have a call placed twice. `refused` is returned as it is: it is the vendor's word on the job itself.
 */
export function afterAccepting(error: unknown): unknown {
  return TelephonyError.isInstance(error) && error.code !== 'refused'
    ? withUnknownDelivery(error)
    : error;
}

/**
 * What to throw where a login or a look fails, before anything has left that dials, transfers or loads: an answer that did not come leaves nothing in doubt then, so
 * `unknown` becomes `not_sent`. Every other error is returned as it is.
 */
export function beforeSending(error: unknown): unknown {
  return TelephonyError.isInstance(error) && error.delivery === 'unknown'
    ? withDelivery(error, 'not_sent')
    : error;
}
