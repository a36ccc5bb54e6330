import { hmac } from '@noble/hashes/hmac.js';
import { sha1 } from '@noble/hashes/legacy.js';
import { sha256, sha512 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import { TelephonyError } from '../../errors/telephony-error.ts';
import { base64Of, bytesOfBase64 } from './base64.ts';
import type { Filter } from './filters.ts';
import { textOf } from './value.ts';

const hashes = { sha1, sha256, sha512 };
const encodings = { hex: bytesToHex, base64: base64Of };
const keyForms = { text: utf8ToBytes, base64: bytesOfBase64 };

const named = <Value>(table: Readonly<Record<string, Value>>, name: unknown) =>
  Object.entries(table).find(([known]) => known === name)?.[1];

/** What each argument after the key may be. */
const places: readonly (readonly [string, Readonly<Record<string, unknown>>])[] = [
  ['second', hashes],
  ['third', encodings],
  ['fourth', keyForms],
];

export const hmacFilter: Filter = {
  description:
    'HMAC-SHA-256 in hexadecimal with a key: hmac: variables.secret; with another hash: hmac: variables.secret, "sha512", or "sha1"; in Base64: hmac: variables.secret, "sha256", "base64"; a fourth value "base64" says that the key is in Base64',
  arity: [1, 4],
  check: ([, ...names]) =>
    names
      .map((name, index) => {
        const [place, table] = places[index] ?? ['second', hashes];
        if (named(table, name)) return undefined;
        const known = Object.keys(table).map((one) => `"${one}"`);
        return `"hmac" needs one of ${known.join(', ')} as its ${place} value`;
      })
      .find((complaint) => complaint !== undefined),
  apply: (value, [key, hash = 'sha256', encoding = 'hex', keyForm = 'text']) => {
    const bytes = named(keyForms, keyForm)?.(textOf(key));
    if (!bytes || bytes.length === 0) throw noKey();
    const make = named(hashes, hash);
    const encode = named(encodings, encoding);
    return make && encode?.(hmac(make, bytes, utf8ToBytes(textOf(value))));
  },
};

/** With an empty key, anybody could compute the same HMAC. */
function noKey(): TelephonyError {
  return new TelephonyError({
    code: 'invalid_config',
    delivery: 'not_sent',
    message: 'The key of an HMAC is empty, or not written as its fourth value says.',
    hint: 'Look at what follows "hmac:" in the settings of the connection, and at the secret that it names.',
  });
}
