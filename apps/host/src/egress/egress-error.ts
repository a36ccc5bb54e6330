import { TelephonyError, type Delivery } from '@finaz-telephony/core';
import { errors } from 'undici';
import { capital, nameOf, type Party } from './party.ts';
import { ProxyFailure } from './proxy.ts';
import { asksForCertificate, tlsFailureOf, type Trouble } from './tls-failure.ts';
import { platformCode } from '../platform-code.ts';

const deliveryOf = (hasLeft: boolean): Delivery => (hasLeft ? 'unknown' : 'not_sent');

/** How far a request had got when it failed. */
export interface Progress {
  readonly hasLeft: boolean;
  readonly isAnswered: boolean;
  /** Sent over http:, without TLS. */
  readonly isPlain: boolean;
}

/** Codes for a request that undici cannot write, because the document made it so. */
const unwritable = /^UND_ERR_(?:INVALID_ARG|NOT_SUPPORTED|REQ_CONTENT_LENGTH_MISMATCH)$/;

/** Turns an error of undici into a `TelephonyError` that says whether the request may have been delivered. */
export function asEgressError(error: unknown, party: Party, progress: Progress): TelephonyError {
  if (TelephonyError.isInstance(error)) return error;
  // A failure of the proxy may have the same codes, but they would blame the telephone system.
  const named = error instanceof ProxyFailure ? undefined : namedFailure(error, party, progress);
  return named ?? networkFailure(error, party, progress);
}

/** The failures for which undici has its own codes. */
function namedFailure(
  error: unknown,
  party: Party,
  { hasLeft }: Pick<Progress, 'hasLeft'>,
): TelephonyError | undefined {
  const { connection } = party;
  const who = nameOf(party);
  const code = platformCode(error);
  const delivery = deliveryOf(hasLeft);
  if (/TIMEOUT|ETIMEDOUT/.test(code)) {
    return new TelephonyError({
      code: 'timeout',
      message: hasLeft
        ? `${capital(who)} of the connection "${connection}" did not answer in time.`
        : `${capital(who)} of the connection "${connection}" did not accept the connection in time.`,
      hint: 'Check whether it is up, and whether its firewall lets this host in.',
      delivery,
      cause: error,
    });
  }
  // The sockets are destroyed only when the host shuts down.
  if (code === 'UND_ERR_DESTROYED') return new GivenUpError(connection, hasLeft, error);
  if (code === 'UND_ERR_HEADERS_OVERFLOW') {
    return new TelephonyError({
      code: 'response_too_large',
      message: `The headers of the answer are too large (connection "${connection}").`,
      hint: `Ask the maker of ${who} why they are.`,
      delivery,
      cause: error,
    });
  }
  if (!unwritable.test(code)) return undefined;
  return new TelephonyError({
    code: 'invalid_config',
    message: `The request cannot be written as HTTP: a header of the connection "${connection}" holds what no header may.`,
    hint: 'Look at the preview of the feature: it shows the headers as they are made.',
    delivery,
    cause: error,
  });
}

/** Any other failure between the two machines. */
function networkFailure(
  error: unknown,
  party: Party,
  { hasLeft, isAnswered, isPlain }: Progress,
): TelephonyError {
  // The server ended the handshake, so it has read nothing of what had left by then.
  const isUnread = asksForCertificate(error) && !isAnswered;
  const { reason, hint } =
    (error instanceof ProxyFailure ? error : undefined) ??
    (hasLeft && !isUnread ? undefined : tlsFailureOf(error, party)) ??
    troubleOf(error, nameOf(party), { hasLeft, isPlain });
  const detail = [`connection "${party.connection}"`, shownCode(error)].filter(Boolean).join(', ');
  return new TelephonyError({
    code: 'network',
    message: `${reason} (${detail}).`,
    hint,
    delivery: isUnread ? 'not_sent' : deliveryOf(hasLeft),
    cause: error,
  });
}

/** The parser's reason, as in "Response does not match the HTTP/1.1 protocol (Invalid header token)", is a fixed text and quotes nothing of the answer. */
const shownCode = (error: unknown): string =>
  error instanceof errors.HTTPParserError
    ? `${error.name}: ${/\((.*)\)$/.exec(error.message)?.[1] ?? error.message}`
    : platformCode(error);

function troubleOf(
  error: unknown,
  who: string,
  { hasLeft, isPlain }: Pick<Progress, 'hasLeft' | 'isPlain'>,
): Trouble {
  const code = platformCode(error);
  const hint = `Check address and port, and whether ${who} is up${hasLeft && isPlain ? '; the address of a port with TLS begins with https://' : ''}.`;
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN')
    return { reason: `The name of ${who} cannot be resolved`, hint };
  if (code === 'ECONNREFUSED') return { reason: `Nothing listens at the address of ${who}`, hint };
  const isNoHttp = error instanceof errors.HTTPParserError;
  if (isNoHttp || code === 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH')
    return {
      reason: `What ${who} answers is not written as HTTP/1.1 wants it`,
      hint: `Check the port of the address, and whether it takes http or https; else ask the maker of ${who}.`,
    };
  if (/^(?:Z_|ERR__ERROR_)/.test(code))
    return {
      reason: `The answer of ${who} cannot be unpacked`,
      hint: 'It does not match its Content-Encoding, or is truncated. With the header "Accept-Encoding: identity" in the connection it may come uncompressed.',
    };
  return {
    reason: hasLeft
      ? `The connection to ${who} broke before the answer was complete`
      : `${capital(who)} cannot be reached`,
    hint,
  };
}

/** Whether the other side closed the connection, properly or not. */
export function isBreak(error: unknown): boolean {
  return /^(?:ECONNRESET|EPIPE|UND_ERR_SOCKET)$/.test(platformCode(error));
}

/** The exchange took longer than it may. */
export function exchangeTimeout(party: Party, timeoutMs: number, hasLeft: boolean): TelephonyError {
  const who = `${capital(nameOf(party))} of the connection "${party.connection}"`;
  const seconds = timeoutMs / 1000;
  return new TelephonyError({
    code: 'timeout',
    message: hasLeft
      ? `${who} did not answer within ${seconds} s.`
      : `${who} took no connection within ${seconds} s.`,
    hint: 'Check whether it is up and not overloaded; limits.timeout of the connection sets the time.',
    delivery: deliveryOf(hasLeft),
  });
}

/** The telephone system reported success after only a part of the request. */
export function answeredEarly(connection: string): TelephonyError {
  return new TelephonyError({
    code: 'network',
    message: `The telephone system of the connection "${connection}" answered before it had the whole request, and got no more of it.`,
    hint: 'It must read a request to its end before it answers; check there how much of this one has arrived.',
    delivery: 'unknown',
  });
}

/** This host itself ended the exchange, because nobody waits for it any more. Says nothing about the vendor, so the breaker ignores it. */
export class GivenUpError extends TelephonyError {
  constructor(connection: string, hasLeft: boolean, reason: unknown) {
    const isLate = reason instanceof DOMException && reason.name === 'TimeoutError';
    super({
      code: isLate ? 'timeout' : 'network',
      message: `The request over the connection "${connection}" was given up here before the answer was complete.`,
      hint: isLate
        ? 'Check whether the telephone system is up and not overloaded.'
        : 'The caller has disconnected, this host is shutting down, or it was suspended for so long that other hosts took it for dead.',
      delivery: deliveryOf(hasLeft),
      cause: reason,
    });
  }
}

/** All sockets of the connection were taken by long answers. Says nothing about the vendor, so the breaker ignores it. */
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
