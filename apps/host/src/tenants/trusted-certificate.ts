import { X509Certificate } from 'node:crypto';
import type { DocumentIssue } from './document-issue.ts';
import type { TenantDocument } from './tenant-document.ts';

export type CertificateReading =
  | { readonly certificate: X509Certificate; readonly fault?: never }
  | { readonly certificate?: never; readonly fault: string };

/** A certificate has one or two thousand characters; with a comment above, and future signature types, some more. */
const mostCharacters = 32_768;
const block = /-----BEGIN CERTIFICATE-----([^-]*)-----END CERTIFICATE-----/g;
const privateKey = /-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----/;

/** The single certificate in a PEM text. Problems are reported without quoting the text: it may contain a key. */
export function readTrustedCertificate(text: string): CertificateReading {
  if (privateKey.test(text))
    return {
      fault:
        'holds a private key, which belongs to the telephone system alone: leave it there, and write the certificate, which begins with -----BEGIN CERTIFICATE-----',
    };
  if (text.length > mostCharacters)
    return { fault: `has more than ${mostCharacters} characters; write one certificate alone` };
  const [only, ...others] = [...text.matchAll(block)];
  if (!only)
    return {
      fault:
        'is no certificate in PEM, which goes from -----BEGIN CERTIFICATE----- to -----END CERTIFICATE-----; "openssl s_client -connect HOST:PORT -showcerts </dev/null" prints it',
    };
  if (others.length > 0)
    return {
      fault: `holds ${others.length + 1} certificates; keep one: the server's own, which a telephone system shows first, or that of its authority`,
    };
  try {
    // Not read as PEM, because YAML may have folded it into one line.
    return { certificate: new X509Certificate(Buffer.from(only[1] ?? '', 'base64')) };
  } catch {
    return {
      fault: 'cannot be read as a certificate: something is missing or changed; copy it once more',
    };
  }
}

const day = 86_400_000;
/** How early a warning comes, so that people can renew the certificate in time. */
const soonMs = 30 * day;

export interface AgeingCertificate extends DocumentIssue {
  /** Nothing that presents it is trusted any more. */
  readonly isOver: boolean;
}

/**
 * The certificates of connections that have expired, or soon will. Separate from mistakes in a document: time goes on after it was saved, and one company's
 * expired certificate must not keep a host from starting.
 */
export function ageingCertificates(
  { connections }: Pick<TenantDocument, 'connections'>,
  now: number,
): AgeingCertificate[] {
  return Object.entries(connections).flatMap(([name, { tls }]): AgeingCertificate[] => {
    const until = tls && readTrustedCertificate(tls.trust).certificate?.validToDate;
    if (!until || until.getTime() - now > soonMs) return [];
    const isOver = until.getTime() <= now;
    const date = until.toISOString().slice(0, 10);
    return [
      {
        path: ['connections', name, 'tls', 'trust'],
        isOver,
        message: isOver
          ? `the certificate has expired on ${date}, and nothing reaches the telephone system with it: renew it there, and write the new one here`
          : `the certificate expires on ${date}, and from then on nothing reaches the telephone system: renew it there, and write the new one here`,
      },
    ];
  });
}
