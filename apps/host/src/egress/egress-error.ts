import { TelephonyError, type Delivery } from '@finaz-telephony/core';

const codeOf = (error: unknown): string =>
  typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string'
    ? error.code
    : '';

const deliveryOf = (hasLeft: boolean): Delivery => (hasLeft ? 'unknown' : 'not_sent');

const tlsCodes = /^(?:CERT_|UNABLE_TO_|SELF_SIGNED|DEPTH_ZERO|ERR_TLS|ERR_SSL|EPROTO)/;

/** What the transport reported, as the framework's own error, with an honest word on whether the request left. */
export function asEgressError(
  error: unknown,
  connection: string,
  { hasLeft }: { readonly hasLeft: boolean },
): TelephonyError {
  if (TelephonyError.isInstance(error)) return error;
  const code = codeOf(error);
  const delivery = deliveryOf(hasLeft);
  if (/TIMEOUT|ETIMEDOUT/.test(code)) {
    return new TelephonyError({
      code: 'timeout',
      message: hasLeft
        ? `The telephone system of the connection "${connection}" did not answer in time.`
        : `The telephone system of the connection "${connection}" did not accept the connection in time.`,
      hint: 'Check whether it is up, and whether its firewall lets this host in.',
      delivery,
      cause: error,
    });
  }
  if (code === 'UND_ERR_HEADERS_OVERFLOW') {
    return new TelephonyError({
      code: 'response_too_large',
      message: `The headers of the answer are too large (connection "${connection}").`,
      hint: 'Ask the maker of the telephone system why they are.',
      delivery,
      cause: error,
    });
  }
  if (code === 'UND_ERR_INVALID_ARG') {
    return new TelephonyError({
      code: 'invalid_config',
      message: `The request cannot be written as HTTP: a header of the connection "${connection}" holds what no header may.`,
      hint: 'Look at the preview of the feature: it shows the headers as they are made.',
      delivery,
      cause: error,
    });
  }
  return new TelephonyError({
    code: 'network',
    message: `${reasonOf(code, hasLeft)} (connection "${connection}"${code === '' ? '' : `, ${code}`}).`,
    hint: tlsCodes.test(code)
      ? 'Its certificate is not trusted: install a valid one, or give its authority to the host with NODE_EXTRA_CA_CERTS.'
      : 'Check address and port of the connection, and whether the telephone system is up.',
    delivery,
    cause: error,
  });
}

function reasonOf(code: string, hasLeft: boolean): string {
  if (tlsCodes.test(code)) return 'The telephone system cannot prove who it is';
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN')
    return 'The name of the telephone system cannot be resolved';
  if (code === 'ECONNREFUSED') return 'Nothing listens at the address of the telephone system';
  return hasLeft
    ? 'The connection to the telephone system broke before the answer was complete'
    : 'The telephone system cannot be reached';
}

/** The time of the whole exchange is over. */
export function exchangeTimeout(
  connection: string,
  timeoutMs: number,
  hasLeft: boolean,
): TelephonyError {
  const seconds = timeoutMs / 1000;
  return new TelephonyError({
    code: 'timeout',
    message: hasLeft
      ? `The telephone system of the connection "${connection}" did not answer within ${seconds} s.`
      : `The telephone system of the connection "${connection}" took no connection within ${seconds} s.`,
    hint: 'Check whether it is up and not overloaded; limits.timeout of the connection sets the time.',
    delivery: deliveryOf(hasLeft),
  });
}

/** This host itself ended the exchange, because nobody waits for it any more. It says nothing of the vendor. */
export class GivenUpError extends TelephonyError {
  constructor(connection: string, hasLeft: boolean, reason: unknown) {
    const isLate = reason instanceof DOMException && reason.name === 'TimeoutError';
    super({
      code: isLate ? 'timeout' : 'network',
      message: `The request over the connection "${connection}" was given up here before the answer was complete.`,
      hint: isLate
        ? 'Check whether the telephone system is up and not overloaded.'
        : 'Whoever asked has left, or this host is shutting down, or stood still for so long that others took it for dead.',
      delivery: deliveryOf(hasLeft),
      cause: reason,
    });
  }
}

/** All sockets of the connection were taken, by recordings and long answers. It says nothing of the vendor. */
export class SocketsBusyError extends TelephonyError {
  constructor(connection: string, timeoutMs: number) {
    super({
      code: 'timeout',
      message: `All sockets of the connection "${connection}" were taken for ${timeoutMs / 1000} s.`,
      hint: 'Long answers are still being read; limits.concurrency of the connection sets how many there may be.',
      delivery: 'not_sent',
    });
  }
}
