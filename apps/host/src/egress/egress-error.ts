import { TelephonyError } from '@finaz-telephony/core';

const beforeSending: unique symbol = Symbol('the connection was never made');

/** Marks an error of connecting: by then nothing has left. */
export function markNotSent(error: Error): void {
  Object.defineProperty(error, beforeSending, { value: true });
}

const codeOf = (error: unknown): string =>
  typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string'
    ? error.code
    : '';

const tlsCodes = /^(?:CERT_|UNABLE_TO_|SELF_SIGNED|DEPTH_ZERO|ERR_TLS|ERR_SSL|EPROTO)/;

/** What the transport reported, as the framework's own error, with an honest word on whether the request left. */
export function asEgressError(error: unknown, connection: string): unknown {
  if (TelephonyError.isInstance(error)) return error;
  const code = codeOf(error);
  const notSent = typeof error === 'object' && error !== null && beforeSending in error;
  const delivery = notSent ? 'not_sent' : 'unknown';
  if (/TIMEOUT|ETIMEDOUT/.test(code)) {
    return new TelephonyError({
      code: 'timeout',
      message: notSent
        ? `The telephone system of the connection "${connection}" takes no connection in time.`
        : `The telephone system of the connection "${connection}" did not answer in time.`,
      hint: 'Check whether it is up, and whether its firewall lets this host in.',
      delivery,
      cause: error,
    });
  }
  return new TelephonyError({
    code: 'network',
    message: `${reasonOf(code, notSent)} (connection "${connection}"${code === '' ? '' : `, ${code}`}).`,
    hint: tlsCodes.test(code)
      ? 'Its certificate is not trusted: install a valid one, or give its authority to the host with NODE_EXTRA_CA_CERTS.'
      : 'Check address and port of the connection, and whether the telephone system is up.',
    delivery,
    cause: error,
  });
}

function reasonOf(code: string, notSent: boolean): string {
  if (tlsCodes.test(code)) return 'The telephone system cannot prove who it is';
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN')
    return 'The name of the telephone system cannot be resolved';
  if (code === 'ECONNREFUSED') return 'Nothing listens at the address of the telephone system';
  if (code === 'UND_ERR_HEADERS_OVERFLOW') return 'The headers of the answer are too large';
  return notSent
    ? 'The telephone system cannot be reached'
    : 'The connection to the telephone system broke before the answer was complete';
}

/** The time of the whole exchange is over. */
export function exchangeTimeout(connection: string, timeoutMs: number): TelephonyError {
  return new TelephonyError({
    code: 'timeout',
    message: `The telephone system of the connection "${connection}" did not answer within ${timeoutMs / 1000} s.`,
    hint: 'Check whether it is up and not overloaded; limits.timeout of the connection sets the time.',
    delivery: 'unknown',
  });
}
