import { TelephonyError } from './telephony-error.ts';

/** The same error, for work that may have been done: if it still said "nothing was sent", a call would be placed twice. */
export function withUnknownDelivery(error: TelephonyError): TelephonyError {
  return new TelephonyError({
    code: error.code,
    message: error.message,
    delivery: 'unknown',
    retryable: error.retryable,
    ...(error.feature && { feature: error.feature }),
    ...(error.vendor && { vendor: error.vendor }),
    ...(error.hint !== undefined && { hint: error.hint }),
    ...(error.retryAfterMs !== undefined && { retryAfterMs: error.retryAfterMs }),
    cause: error,
  });
}

/** Of what loads: it was sent, and its answer cannot be read. Whether it was done, nobody can tell. */
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
