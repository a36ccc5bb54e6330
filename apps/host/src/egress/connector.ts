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
 * So long one of several addresses is tried before the next. Node's own quarter of a second is less than what a far or busy system takes, or the second
 * a lost packet costs; and where the last address is of IPv6, which many hosts do not have, nothing else is tried after it.
 */
export const addressMs = 1500;

/** One for all sockets: what is read is copied before anything else can be read. */
const readBuffer = Buffer.allocUnsafeSlow(mostReadAtOnce);
/** Windows fills the buffer of each socket whenever it likes. */
const mayShareBuffer = process.platform !== 'win32';

/**
 * Opens the sockets of the egress, to addresses that `lookup` lets pass.
 *
 * @param trust the one certificate that is believed in place of the public authorities
 * @param openWay leads through a proxy
 */
export function createConnector(
  lookup: LookupFunction,
  trust?: X509Certificate,
  openWay?: OpenWay,
): buildConnector.connector {
  // Over HTTP/2 the client would send again, by itself, what a server refuses or had not seen by its own account: whatever has left is never repeated here.
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
    // Not so with TLS: what is inside it comes in records of at most 16 KB, however much is read.
    if (!mayShareBuffer) return connect(target, connected);
    let socket: Socket | null = null;
    const onread = {
      buffer: readBuffer,
      // `push` is what Node itself does with what it has read.
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
 * With TLS 1.3 a server refuses a client without a certificate only when the client has begun to send. Node.js reports that, and goes on until the
 * connection ends with an error that says nothing of certificates.
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
 * A server that shows this very certificate may have any name, since nobody else has its key. One whose certificate was signed by this one must have the
 * right name.
 */
function trusting(
  trust: X509Certificate,
): Pick<ConnectionOptions, 'secureContext' | 'checkServerIdentity'> {
  return {
    // It need be no root: a server's own certificate, or one of an authority below another, is believed as well.
    secureContext: createSecureContext({ ca: trust.toString(), allowPartialTrustChain: true }),
    checkServerIdentity: (name, shown) =>
      trust.raw.equals(shown.raw) ? undefined : checkServerIdentity(name, shown),
  };
}
