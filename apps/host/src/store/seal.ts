import { createCipheriv, createDecipheriv, randomBytes, type KeyObject } from 'node:crypto';
import { TelephonyError } from '@finaz-telephony/core';
import { restoreBackup } from './damaged-rows.ts';

const version = 'v1.';
const ivBytes = 12;
const tagBytes = 16;

/** A nonce per seal. Drawn in bulk: asking the system for twelve bytes at a time costs as much as the cipher. */
let nonces = Buffer.alloc(0);
let usedNonces = 0;

function nextNonce(): Buffer {
  if (usedNonces === nonces.length) {
    nonces = randomBytes(ivBytes * 512);
    usedNonces = 0;
  }
  usedNonces += ivBytes;
  return nonces.subarray(usedNonces - ivBytes, usedNonces);
}

/** AES-256-GCM, bound to a place: it does not open in another one. */
export function seal(key: KeyObject | Buffer, place: string, plain: Buffer): string {
  const iv = nextNonce();
  const cipher = createCipheriv('aes-256-gcm', key, iv);
  cipher.setAAD(Buffer.from(place));
  const encrypted = Buffer.concat([iv, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
  return version + encrypted.toString('base64url');
}

/** @throws {TelephonyError} */
export function unseal(key: KeyObject | Buffer, place: string, sealed: string): Buffer {
  try {
    if (!sealed.startsWith(version)) throw new Error('unknown version of a sealed value');
    const bytes = Buffer.from(sealed.slice(version.length), 'base64url');
    const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, ivBytes));
    decipher.setAAD(Buffer.from(place));
    decipher.setAuthTag(bytes.subarray(bytes.length - tagBytes));
    return Buffer.concat([
      decipher.update(bytes.subarray(ivBytes, bytes.length - tagBytes)),
      decipher.final(),
    ]);
  } catch (error) {
    throw doesNotOpen(error);
  }
}

export function doesNotOpen(cause?: unknown): TelephonyError {
  return new TelephonyError({
    code: 'internal',
    message:
      'A stored value cannot be decrypted: it was changed or moved, or belongs to another key.',
    hint: restoreBackup,
    delivery: 'not_sent',
    cause,
  });
}
