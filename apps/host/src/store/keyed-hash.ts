import { hash as digest } from 'node:crypto';

const blockBytes = 64;

/** Longer texts get a buffer of their own. */
const usualTextBytes = 256;

/**
 * The first 16 bytes of HMAC-SHA256, in hex, computed with two plain hashes. An object per text, as `createHmac` creates, would survive the collections
 * of young objects: a mailing of a million numbers would leave millions of them behind. The blocks are reused, and the inner hash is passed on as
 * a text, because creating a buffer for each takes as long as both hashes.
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
