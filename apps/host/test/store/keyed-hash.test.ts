import { createHmac, randomBytes } from 'node:crypto';
import { expect, it } from 'vitest';
import { keyedHash } from '../../src/store/keyed-hash.ts';

it('a keyed hash is the first half of the HMAC-SHA256, whatever the length of the text', () => {
  const key = randomBytes(32);
  const hash = keyedHash(key);
  for (const text of ['', '+5541999998888', 'ção', 'x'.repeat(63), 'x'.repeat(64), 'x'.repeat(500)])
    expect(hash(text)).toBe(createHmac('sha256', key).update(text).digest('hex').slice(0, 32));
});
