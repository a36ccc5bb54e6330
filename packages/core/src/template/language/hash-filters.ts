import { md5 } from '@noble/hashes/legacy.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import type { Filter } from './filters.ts';
import { hmacFilter } from './hmac-filter.ts';
import { textOf } from './value.ts';

const hashed = (hash: (bytes: Uint8Array) => Uint8Array) => (value: unknown) =>
  bytesToHex(hash(utf8ToBytes(textOf(value))));

/** Filters for signatures. */
export const hashFilters: Readonly<Record<string, Filter>> = {
  md5: { description: 'MD5 in hexadecimal', arity: [0, 0], apply: hashed(md5) },
  sha256: { description: 'SHA-256 in hexadecimal', arity: [0, 0], apply: hashed(sha256) },
  hmac: hmacFilter,
};
