import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Store } from '../../src/store/store.ts';
import { createVault, type TenantCipher } from '../../src/store/vault.ts';
import { openTestStore } from '../support/host-place.ts';

const masterKey = { id: 'first', key: randomBytes(32) };

let store: Store;
let close: () => Promise<void>;
let cipher: TenantCipher;
beforeEach(async () => {
  ({ store, close } = await openTestStore());
  cipher = await createVault(store, [masterKey]).cipher('1042');
});
afterEach(() => close());

const doesNotOpen = expect.objectContaining({ code: 'internal' });

describe('a sealed value', () => {
  it('opens in its place, does not show its text, and is different each time', () => {
    const sealed = cipher.seal('secrets/token', 'tok_live');
    expect(sealed).not.toContain('tok_live');
    expect(cipher.open('secrets/token', sealed)).toBe('tok_live');
    expect(cipher.seal('secrets/token', 'tok_live')).not.toBe(sealed);
  });

  it('does not open in another place, for another company, or after it was changed', async () => {
    const other = await createVault(store, [masterKey]).cipher('2001');
    const sealed = cipher.seal('secrets/token', 'tok_live');
    const changed = `${sealed.slice(0, -4)}${sealed.endsWith('AAAA') ? 'BBBB' : 'AAAA'}`;
    expect(() => cipher.open('secrets/other', sealed)).toThrow(doesNotOpen);
    expect(() => other.open('secrets/token', sealed)).toThrow(doesNotOpen);
    expect(() => cipher.open('secrets/token', changed)).toThrow(doesNotOpen);
    expect(() => cipher.open('secrets/token', sealed.slice(3))).toThrow(doesNotOpen);
  });

  it('opens under a new master key once its key was wrapped anew, but until then only with the old master key', async () => {
    const sealed = cipher.seal('secrets/token', 'tok_live');
    const newest = { id: 'second', key: randomBytes(32) };
    await expect(createVault(store, [newest]).cipher('1042')).rejects.toThrow('MASTER_KEY');
    expect(await createVault(store, [newest, masterKey]).rewrap()).toBe(1);
    const reopened = await createVault(store, [newest]).cipher('1042');
    expect(reopened.open('secrets/token', sealed)).toBe('tok_live');
  });
});

describe('short texts that are sealed together', () => {
  const texts = ['+5541999990001', '', 'ção', '+5541999990001'];
  const hashed = () => texts.map((text) => ({ text, hash: cipher.hash(text) }));

  it('open beside their own hashes, and are equal if the texts are equal', () => {
    const sealed = cipher.sealShort(hashed());
    expect(sealed[0]).toBe(sealed[3]);
    const rows = hashed().map(({ hash }, index) => ({ hash, text: sealed[index] ?? '' }));
    expect(cipher.openShort(rows)).toEqual(texts);
  });

  it('do not open beside the hash of another text', () => {
    const [sealed = ''] = cipher.sealShort(hashed());
    const row = { text: sealed, hash: cipher.hash('+5541999990002') };
    expect(() => cipher.openShort([row])).toThrow(doesNotOpen);
  });

  it('are refused if a text is too long, because the rest of it would be lost', () => {
    const text = '1'.repeat(17);
    expect(() => cipher.sealShort([{ text, hash: cipher.hash(text) }])).toThrow(RangeError);
  });
});
