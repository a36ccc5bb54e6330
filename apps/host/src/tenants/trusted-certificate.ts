import { X509Certificate } from 'node:crypto';
import type { DocumentIssue } from './document-issue.ts';
import type { TenantDocument } from './tenant-document.ts';

export type CertificateReading =
  | { readonly certificate: X509Certificate; readonly fault?: never }
  | { readonly certificate?: never; readonly fault: string };

/** A certificate has one or two thousand characters; with a comment above, and a signature of tomorrow, some more. */
const mostCharacters = 32_768;
const block = /-----BEGIN CERTIFICATE-----([^-]*)-----END CERTIFICATE-----/g;
const privateKey = /-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----/;

/** The one certificate of a text in PEM. What is wrong with the text is told without quoting it: it may hold a key. */
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
    // YAML may have made one line of it.
    return { certificate: new X509Certificate(Buffer.from(only[1] ?? '', 'base64')) };
  } catch {
    return {
      fault: 'cannot be read as a certificate: something is missing or changed; copy it once more',
    };
  }
}

const day = 86_400_000;
/** Who renews one needs to hear of it in time. */
const soonMs = 30 * day;

export interface AgeingCertificate extends DocumentIssue {
  /** Nothing that shows it is believed any more. */
  readonly isOver: boolean;
}

/**
 * The certificates of connections that are too old, or soon will be. Apart from what is wrong with a document: time goes on after it was saved, and one company's
 * old certificate must not keep a host from its start.
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
