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

/** The same error, for an operation that may have been carried out: if it still said "nothing was sent", a call would be placed twice. */
export const withUnknownDelivery = (error: TelephonyError): TelephonyError =>
  withDelivery(error, 'unknown');

/** For a request that dials, transfers or loads: if its answer cannot be read, it is unknown whether the request was carried out. */
export function inDoubtUnread(error: unknown): unknown {
  if (!TelephonyError.isInstance(error)) return error;
  const isUnread =
    error.code === 'unreadable_response' ||
    (error.code === 'response_too_large' && (error.vendor?.status ?? 200) < 300);
  return isUnread ? withUnknownDelivery(error) : error;
}

/**
 * What to throw if an operation of several requests fails once the first has been sent: an error that says `not_sent`, although only the second request was not
 * sent, would have the whole operation repeated, and a call placed twice. Every other error is returned as it is.
 */
export function afterSending(error: unknown): unknown {
  return TelephonyError.isInstance(error) && error.delivery === 'not_sent'
    ? withUnknownDelivery(error)
    : error;
}

/**
 * What to throw if the vendor has accepted what dials, transfers or loads, and a request for its outcome fails: a 429 or 503 answers that request alone. Taken
 * as the answer to the whole operation, it would cause a call to be placed twice. `refused` is returned as it is: it is the vendor's word on the job itself.
 */
export function afterAccepting(error: unknown): unknown {
  return TelephonyError.isInstance(error) && error.code !== 'refused'
    ? withUnknownDelivery(error)
    : error;
}

/**
 * What to throw if a login or a lookup fails before anything that dials, transfers or loads was sent: a missing answer leaves nothing in doubt then, so
 * `unknown` becomes `not_sent`. Every other error is returned as it is.
 */
export function beforeSending(error: unknown): unknown {
  return TelephonyError.isInstance(error) && error.delivery === 'unknown'
    ? withDelivery(error, 'not_sent')
    : error;
}
