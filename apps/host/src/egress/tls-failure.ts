import { capital, nameOf, type Party } from './party.ts';
import { platformCode } from '../platform-code.ts';

/** The cause of a failed connection, and what to do about it. */
export interface Trouble {
  readonly reason: string;
  readonly hint: string;
}

interface KnownFailure extends Trouble {
  /** Codes of Node.js, derived from those of OpenSSL. */
  readonly codes: RegExp;
}

const certificateDemand = /ALERT_(?:CERTIFICATE_REQUIRED|BAD_CERTIFICATE)/;

/** Whether a server has refused this client because it has no certificate. */
export const asksForCertificate = (error: unknown): boolean =>
  certificateDemand.test(platformCode(error));

/** Failures of the handshake before certificates matter. Each reason continues a sentence that begins with the name of the other side. */
const handshakeFailures: readonly KnownFailure[] = [
  {
    codes: /ALERT_PROTOCOL_VERSION|UNSUPPORTED_PROTOCOL|VERSION_TOO_LOW/,
    reason: 'speaks only a TLS older than 1.2',
    hint: 'Update it, or put a proxy that speaks TLS 1.2 or later, nginx for instance, in front of it.',
  },
  {
    codes: /WRONG_VERSION_NUMBER|PACKET_LENGTH|HTTP_REQUEST|ERR_SSL_UNEXPECTED_MESSAGE/,
    reason: 'speaks no TLS at this port',
    hint: 'Write the port of its HTTPS into the address; http:// is for one machine or a network of your own.',
  },
  {
    codes: /NO_APPLICATION_PROTOCOL/,
    reason: 'speaks only HTTP/2 at this port',
    hint: 'Turn on HTTP/1.1 there as well.',
  },
  {
    codes: certificateDemand,
    reason: 'wants a certificate of this host, which no connection has',
    hint: 'Let it admit this host by its address, and by the credentials of the connection, without a client certificate.',
  },
  {
    codes: /UNRECOGNIZED_NAME/,
    reason: 'has no certificate for this name',
    hint: 'Write the name into the address that the telephone system is set up for.',
  },
  {
    codes: /(?:EE|CA)_KEY_TOO_SMALL|TOO_WEAK/,
    reason: 'has a certificate whose key or signature is too weak to prove anything',
    hint: 'Make it a new one there, with RSA of 2048 bits or more and SHA-256.',
  },
  {
    codes: /^INVALID_PURPOSE$/,
    reason: 'has a certificate that is not one for servers',
    hint: 'Make it a new one there: where it names uses at all, they are digitalSignature (keyUsage) and serverAuth (extendedKeyUsage).',
  },
  {
    codes: /^(?:ERR_SSL|EPROTO)/,
    reason: 'refuses the TLS handshake',
    hint: 'Its log says why: it may have no certificate for this name, only ciphers of old, or want a client certificate.',
  },
  {
    codes: /^ECONNRESET$/,
    reason: 'breaks off before anything can be sent',
    hint: 'Check address and port, and whether its firewall lets this host in; where it speaks TLS, its log says why: it may have no certificate for this name.',
  },
];

const certificateCodes =
  /^(?:CERT_|UNABLE_TO_|SELF_SIGNED|DEPTH_ZERO|INVALID_(?!PURPOSE)|PATH_LENGTH|ERR_TLS)/;

/** @returns `undefined` if the failure has nothing to do with TLS */
export function tlsFailureOf(error: unknown, party: Party): Trouble | undefined {
  const code = knownCode(error);
  if (certificateCodes.test(code)) return certificateFailure(code, party);
  const failure = handshakeFailures.find(({ codes }) => codes.test(code));
  return failure && { ...failure, reason: `${capital(nameOf(party))} ${failure.reason}` };
}

/** For some errors, Node.js has no code but only OpenSSL's message. */
function knownCode(error: unknown): string {
  const code = platformCode(error);
  return code === 'UNSPECIFIED' && error instanceof Error
    ? error.message.toUpperCase().replaceAll(' ', '_')
    : code;
}

function certificateFailure(code: string, party: Party): Trouble {
  const who = nameOf(party);
  if (code === 'CERT_HAS_EXPIRED')
    return {
      reason: `The certificate of ${who} has expired`,
      hint: `Renew it there${party.trust ? `, and write the new one into ${placeOf(party)}` : ''}.`,
    };
  if (code === 'CERT_NOT_YET_VALID')
    return {
      reason: `The certificate of ${who} is not valid yet`,
      hint: 'Set the clocks of both machines.',
    };
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID')
    return {
      reason: `The certificate of ${who} is for another name or address`,
      hint: `Write the address as its certificate has it${party.feature === 'webhook' ? '' : `, or ${ownCertificate(party)}: then its name does not matter`}.`,
    };
  return { reason: `${capital(who)} cannot prove who it is`, hint: mendOfTrust(party) };
}

function mendOfTrust(party: Party): string {
  if (party.feature === 'webhook')
    return 'Install a certificate of a public authority there, with its whole chain, or give its authority to the host with NODE_EXTRA_CA_CERTS.';
  if (party.trust)
    return `Its certificate is not the one of ${placeOf(party)}, nor signed by it: if the telephone system has a new one, ${ownCertificate(party)}; if not, somebody else answers in its place.`;
  return `Install a certificate of a public authority there, with its whole chain, or ${ownCertificate(party)}.`;
}

const ownCertificate = (party: Party): string =>
  `write its own certificate, as "openssl s_client -connect HOST:PORT -showcerts </dev/null" prints it first, into ${placeOf(party)}`;

const placeOf = ({ connection }: Party): string => `connections.${connection}.tls.trust`;
