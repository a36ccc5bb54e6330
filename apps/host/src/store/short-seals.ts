import { createCipheriv, type KeyObject } from 'node:crypto';
import { doesNotOpen } from './seal.ts';

/** A text with its own keyed hash. */
export interface HashedText {
  readonly hash: string;
  readonly text: string;
}

/** The maximum size of a short text, in bytes. */
export const shortBytes = 16;

export function sealShortTexts(key: KeyObject, texts: readonly HashedText[]): string[] {
  const blocks = keyStream(key, texts);
  return texts.map(({ text }, index) => {
    const start = index * shortBytes;
    const end = start + applyMask(blocks, start, text, 'utf8');
    return blocks.toString('base64url', start, end);
  });
}

/** @throws {TelephonyError} if text and hash do not belong together */
export function openShortTexts(
  key: KeyObject,
  hashOf: (text: string) => string,
  sealed: readonly HashedText[],
): string[] {
  const blocks = keyStream(key, sealed);
  return sealed.map(({ hash, text }, index) => {
    const start = index * shortBytes;
    const end = start + applyMask(blocks, start, text, 'base64url');
    const plain = blocks.toString('utf8', start, end);
    if (hashOf(plain) !== hash) throw doesNotOpen();
    return plain;
  });
}

/** One block per text: its hash, under a key of its own. The hash is a MAC of the text, so the block is only used for that text. */
function keyStream(key: KeyObject, texts: readonly HashedText[]): Buffer {
  const blocks = Buffer.alloc(texts.length * shortBytes);
  for (const [index, { hash }] of texts.entries()) blocks.write(hash, index * shortBytes, 'hex');
  // ECB on single blocks that are each a pseudorandom value: the same as CTR with that value as counter, for all of them in one go.
  const cipher = createCipheriv('aes-256-ecb', key, null).setAutoPadding(false);
  return Buffer.concat([cipher.update(blocks), cipher.final()]);
}

/** Room for one text, and a little more, to detect one that is too long. */
const given = Buffer.alloc(shortBytes + 4);

/** Masks a block with a text, in place. @returns the length of the text in bytes */
function applyMask(
  blocks: Buffer,
  start: number,
  text: string,
  encoding: 'utf8' | 'base64url',
): number {
  const length = given.write(text, encoding);
  if (length > shortBytes) throw new RangeError(`a short text has at most ${shortBytes} bytes`);
  for (let place = 0; place < length; place += 1) {
    blocks[start + place] = (blocks[start + place] ?? 0) ^ (given[place] ?? 0);
  }
  return length;
}
