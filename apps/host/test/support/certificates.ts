import { readFileSync } from 'node:fs';

/** One of the files in `certificates/`, whose `make.sh` says what each is. */
export type CertificateName =
  | 'authority'
  | 'expired'
  | 'for-clients'
  | 'issuing-authority'
  | 'of-authority-by-address'
  | 'of-authority-by-name'
  | 'of-issuing-authority'
  | 'self-signed'
  | 'self-signed-renewed'
  | 'self-signed-server'
  | 'weak';

/** For `tls.createServer`. */
export function keyAndCertificate(name: CertificateName): { key: string; cert: string } {
  const pem = readFileSync(new URL(`certificates/${name}.pem`, import.meta.url), 'utf8');
  const [key = '', cert = ''] = pem.split(/(?=-----BEGIN CERTIFICATE)/);
  return { key, cert };
}

/** In PEM, as an administrator copies it. */
export const certificateOf = (name: CertificateName): string => keyAndCertificate(name).cert;
