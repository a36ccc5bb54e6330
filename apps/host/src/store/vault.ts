import {
  createCipheriv,
  createDecipheriv,
  createSecretKey,
  hash as digest,
  hkdfSync,
  randomBytes,
  type KeyObject,
} from 'node:crypto';
import { TelephonyError } from '@finaz-telephony/core';
import { StartError } from '../environment.ts';
import type { MasterKey } from './master-keys.ts';
import type { Store } from './store.ts';

/**
 * A tenant's own cipher: AES-256-GCM under the tenant's data key. `place` (for example `secrets/pbxToken` or `calls/<id>`) is bound into the
 * seal, so that a sealed value copied to another row, field or tenant does not open.
 */
export interface TenantCipher {
  readonly seal: (place: string, text: string) => string;
  /** @throws {TelephonyError} `internal` when the value was changed, moved, or sealed under a lost key. */
  readonly open: (place: string, sealed: string) => string;
  /** Keyed hash (HMAC-SHA-256, 32 hex characters) for equality search over personal values. */
  readonly hash: (text: string) => string;
  /**
   * Seals very many short texts at once, each beside its own {@link hash}, which serves as nonce and as proof (a synthetic IV): a cipher made for
   * each of a million numbers would cost more than all else. At most 16 bytes each; equal texts give equal seals, as they give equal hashes.
   */
  readonly sealShort: (texts: readonly HashedText[]) => string[];
  /** @throws {TelephonyError} `internal` when text and hash do not belong together. */
  readonly openShort: (sealed: readonly HashedText[]) => string[];
}

export interface HashedText {
  readonly hash: string;
  readonly text: string;
}

export interface Vault {
  /** The tenant's cipher; its data key is made and stored at first use. Cached. */
  readonly cipher: (tenantId: string) => Promise<TenantCipher>;
  /** Wraps every data key under the newest master key; afterwards the older ones may be taken away. Returns how many were. */
  readonly rewrap: () => Promise<number>;
}

/**
 * Envelope encryption: a data key per tenant, wrapped under a master key that is kept outside the database. Deleting a tenant's data key makes
 * all that was sealed for it unreadable here, whatever is left behind. A backup from before holds that key as well, wrapped.
 */
export function createVault(store: Store, masterKeys: readonly [MasterKey, ...MasterKey[]]): Vault {
  const ciphers = new Map<string, Promise<TenantCipher>>();
  const [newest] = masterKeys;
  store.listen('tenants', (payload) => {
    // A tenant that was deleted and made again has another key.
    if (payload === '*') ciphers.clear();
  });

  async function load(tenantId: string): Promise<TenantCipher> {
    const fresh = randomBytes(32);
    await store.db
      .insertInto('tenant_keys')
      .values({
        tenant_id: tenantId,
        wrapped_key: seal(newest.key, placeOfKey(tenantId), fresh),
        master_key_id: newest.id,
        created_at: Date.now(),
      })
      .onConflict((conflict) => conflict.column('tenant_id').doNothing())
      .execute();
    const row = await store.db
      .selectFrom('tenant_keys')
      .selectAll()
      .where('tenant_id', '=', tenantId)
      .executeTakeFirstOrThrow();
    return tenantCipher(tenantId, unwrap(masterKeys, tenantId, row.master_key_id, row.wrapped_key));
  }

  return {
    cipher(tenantId) {
      const known = ciphers.get(tenantId);
      if (known) return known;
      const loading = load(tenantId);
      ciphers.set(tenantId, loading);
      loading.catch(() => ciphers.delete(tenantId));
      return loading;
    },

    async rewrap() {
      const rows = await store.db
        .selectFrom('tenant_keys')
        .selectAll()
        .where('master_key_id', '!=', newest.id)
        .execute();
      for (const row of rows) {
        const key = unwrap(masterKeys, row.tenant_id, row.master_key_id, row.wrapped_key);
        await store.db
          .updateTable('tenant_keys')
          .set({
            wrapped_key: seal(newest.key, placeOfKey(row.tenant_id), key),
            master_key_id: newest.id,
          })
          .where('tenant_id', '=', row.tenant_id)
          .where('wrapped_key', '=', row.wrapped_key)
          .execute();
      }
      return rows.length;
    },
  };
}

const placeOfKey = (tenantId: string) => `tenant-key/${tenantId}`;

function unwrap(
  masterKeys: readonly MasterKey[],
  tenantId: string,
  masterKeyId: string,
  wrapped: string,
): Buffer {
  const master = masterKeys.find((key) => key.id === masterKeyId);
  if (!master) {
    throw new StartError(
      `environment MASTER_KEY: the data of this database is under the master key ${masterKeyId}, which was not given; set MASTER_KEY to it, or to "NEW,OLD" while changing keys`,
    );
  }
  return unseal(master.key, placeOfKey(tenantId), wrapped);
}

function tenantCipher(tenantId: string, dataKey: Buffer): TenantCipher {
  // As key objects: given as bytes, each use would import them anew, at many times the cost of the cipher itself.
  const key = createSecretKey(dataKey);
  const hash = keyedHash(
    Buffer.from(hkdfSync('sha256', dataKey, '', 'finaz-telephony search', 32)),
  );
  const shortKey = createSecretKey(
    Buffer.from(hkdfSync('sha256', dataKey, '', 'finaz-telephony short texts', 32)),
  );
  return {
    seal: (place, text) => seal(key, `${tenantId}/${place}`, Buffer.from(text, 'utf8')),
    open: (place, sealed) => unseal(key, `${tenantId}/${place}`, sealed).toString('utf8'),
    hash,
    sealShort: (texts) => {
      const blocks = shortKeyStream(shortKey, texts);
      return texts.map(({ text }, index) => {
        const start = index * shortBytes;
        const end = start + mask(blocks, start, text, 'utf8');
        return blocks.toString('base64url', start, end);
      });
    },
    openShort: (sealed) => {
      const blocks = shortKeyStream(shortKey, sealed);
      return sealed.map(({ hash: expected, text }, index) => {
        const start = index * shortBytes;
        const end = start + mask(blocks, start, text, 'base64url');
        const plain = blocks.toString('utf8', start, end);
        if (hash(plain) !== expected) throw doesNotOpen();
        return plain;
      });
    },
  };
}

const blockBytes = 64;

/** Longer ones are hashed in a block of their own. */
const usualTextBytes = 256;

/**
 * The first 16 bytes of HMAC-SHA256, in hex. By two hashes in one go each instead of an object for each text: those outlive the collections of young objects, and a
 * mailing of a million numbers leaves millions of them behind. In blocks that are used again, and the inner hash handed over as a text: a buffer made for each
 * takes as long as both hashes.
 */
export function keyedHash(key: Buffer): (text: string) => string {
  const padded = (pad: number) => {
    const block = Buffer.alloc(blockBytes, pad);
    for (const [index, byte] of key.entries()) block[index] = byte ^ pad;
    return block;
  };
  const innerKey = padded(0x36);
  const inner = Buffer.concat([innerKey, Buffer.alloc(usualTextBytes)]);
  const outer = Buffer.concat([padded(0x5c), Buffer.alloc(32)]);
  const withText = (text: string) =>
    // No character of a text takes more than three bytes.
    text.length * 3 > usualTextBytes
      ? Buffer.concat([innerKey, Buffer.from(text, 'utf8')])
      : inner.subarray(0, blockBytes + inner.write(text, blockBytes, 'utf8'));
  return (text) => {
    outer.write(digest('sha256', withText(text), 'binary'), blockBytes, 'latin1');
    return digest('sha256', outer, 'hex').slice(0, 32);
  };
}

const shortBytes = 16;

/** One block for each text: its hash, under a key of its own. The hash is a MAC of the text, so that a block is used for that text only. */
function shortKeyStream(key: KeyObject, texts: readonly HashedText[]): Buffer {
  const blocks = Buffer.alloc(texts.length * shortBytes);
  for (const [index, { hash }] of texts.entries()) blocks.write(hash, index * shortBytes, 'hex');
  // ECB on single blocks that are each a pseudorandom value: the same as CTR with that value as counter, for all of them in one go.
  const cipher = createCipheriv('aes-256-ecb', key, null).setAutoPadding(false);
  return Buffer.concat([cipher.update(blocks), cipher.final()]);
}

/** Room for one text, and to see that another one is too long. */
const given = Buffer.alloc(shortBytes + 4);

/** Masks a block with a text, in place. @returns the length of the text in bytes */
function mask(blocks: Buffer, start: number, text: string, encoding: 'utf8' | 'base64url'): number {
  const length = given.write(text, encoding);
  if (length > shortBytes) throw new RangeError(`a short text has at most ${shortBytes} bytes`);
  for (let place = 0; place < length; place += 1) {
    blocks[start + place] = (blocks[start + place] ?? 0) ^ (given[place] ?? 0);
  }
  return length;
}

const version = 'v1.';
const ivBytes = 12;
const tagBytes = 16;

/** A nonce for each seal. Drawn in bulk: asking the system for twelve bytes at a time costs as much as the cipher. */
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

function seal(key: KeyObject | Buffer, place: string, plain: Buffer): string {
  const iv = nextNonce();
  const cipher = createCipheriv('aes-256-gcm', key, iv);
  cipher.setAAD(Buffer.from(place));
  const encrypted = Buffer.concat([iv, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
  return version + encrypted.toString('base64url');
}

function unseal(key: KeyObject | Buffer, place: string, sealed: string): Buffer {
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

function doesNotOpen(cause?: unknown): TelephonyError {
  return new TelephonyError({
    code: 'internal',
    message: 'A stored value does not open: it was changed or moved, or its key is another.',
    hint: 'Restore the database and the master key from the same backup.',
    cause,
  });
}
