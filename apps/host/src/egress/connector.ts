import type { X509Certificate } from 'node:crypto';
import type { LookupFunction, Socket } from 'node:net';
import { checkServerIdentity, createSecureContext, type ConnectionOptions } from 'node:tls';
import { buildConnector } from 'undici';
import type { OpenWay } from './proxy.ts';
import { asksForCertificate } from './tls-failure.ts';
import { copyOf, mostReadAtOnce } from './lent-memory.ts';
import { toError } from '../thrown.ts';

export const connectTimeoutMs = 5000;
/**
 * How long one of several addresses is tried before the next. Node's default of 250 ms is too short for a distant or busy system, or for the second that a
 * lost packet costs; and if the last address is IPv6, which many hosts do not have, no other is tried after it.
 */
export const addressMs = 1500;

/** Shared by all sockets: data is copied out before anything else can be read into the buffer. */
const readBuffer = Buffer.allocUnsafeSlow(mostReadAtOnce);
/** On Windows, the buffer of a socket may be filled at any time, so it cannot be shared. */
const mayShareBuffer = process.platform !== 'win32';

/**
 * Opens the sockets of the egress, only to addresses that `lookup` permits.
 *
 * @param trust the only certificate that is trusted, instead of the public authorities
 * @param openWay opens a socket through the proxy, if there is one
 */
export function createConnector(
  lookup: LookupFunction,
  trust?: X509Certificate,
  openWay?: OpenWay,
): buildConnector.connector {
  // Over HTTP/2, undici would repeat a request that the server refused or says it has not processed; a request that has left is never repeated here.
  const options = {
    timeout: connectTimeoutMs,
    autoSelectFamilyAttemptTimeout: addressMs,
    lookup,
    allowH2: false,
    ...(trust && trusting(trust)),
  };
  const connect = buildConnector(options);
  const connectDirectly: buildConnector.connector = (target, connected) => {
    if (target.protocol === 'https:') return connect(target, watching(connected));
    // TLS gains nothing from a larger buffer, because its data comes in records of at most 16 KB.
    if (!mayShareBuffer) return connect(target, connected);
    let socket: Socket | null = null;
    const onread = {
      buffer: readBuffer,
      // Node itself also passes what it has read to `push`.
      callback: (length: number) => socket?.push(copyOf(readBuffer.subarray(0, length))) ?? false,
    };
    return buildConnector({ ...options, onread })(target, (...outcome) => {
      [, socket] = outcome;
      connected(...outcome);
    });
  };
  if (!openWay) return connectDirectly;
  return (target, connected) => {
    const isSecret = target.protocol === 'https:';
    openWay(target.hostname, Number(target.port || (isSecret ? 443 : 80))).then(
      (socket) => {
        if (!socket) connectDirectly(target, connected);
        else if (isSecret) connect({ ...target, httpSocket: socket }, watching(connected));
        else connected(null, socket);
      },
      (error: unknown) => connected(toError(error), null),
    );
  };
}

/**
 * With TLS 1.3, a server refuses a client without a certificate only after the client has begun to send. Node.js reports that, but goes on until the
 * connection ends with an error that does not mention certificates.
 */
function watching(connected: buildConnector.Callback): buildConnector.Callback {
  return (...outcome) => {
    const [, socket] = outcome;
    socket?.on('error', (error) => {
      if (asksForCertificate(error)) socket.destroy(error);
    });
    connected(...outcome);
  };
}

/**
 * A server that presents exactly this certificate may have any name, since nobody else has its key. A server whose certificate was signed by it must have the
 * right name.
 */
function trusting(
  trust: X509Certificate,
): Pick<ConnectionOptions, 'secureContext' | 'checkServerIdentity'> {
  return {
    // The certificate need not be a root: a server's own, or that of an intermediate authority, is trusted as well.
    secureContext: createSecureContext({ ca: trust.toString(), allowPartialTrustChain: true }),
    checkServerIdentity: (name, shown) =>
      trust.raw.equals(shown.raw) ? undefined : checkServerIdentity(name, shown),
  };
}
