import { TelephonyError } from './telephony-error.ts';

/** The same error of work that may have been done: one that says "nothing was sent" would have a call placed twice. */
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

/** For what fails once something has left. */
export function afterSending(error: unknown): unknown {
  return TelephonyError.isInstance(error) && error.delivery === 'not_sent'
    ? withUnknownDelivery(error)
    : error;
}
