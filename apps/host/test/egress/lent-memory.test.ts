import { describe, expect, it } from 'vitest';
import { copyOf, giveBack, mostReadAtOnce } from '../../src/egress/lent-memory.ts';

const read = (byte: number, length = mostReadAtOnce) => Buffer.alloc(length, byte);

describe('a lent buffer', () => {
  it('holds a copy of what was read, and is lent again after it is given back', () => {
    const source = read(1);
    const first = copyOf(source);
    source.fill(9);
    expect(first.equals(read(1))).toBe(true);
    giveBack(first);
    const second = copyOf(read(2, mostReadAtOnce - 10));
    expect(second.buffer).toBe(first.buffer);
    expect(second.equals(read(2, mostReadAtOnce - 10))).toBe(true);
  });

  it('is not lent again before it is given back', () => {
    const first = copyOf(read(1));
    const second = copyOf(read(2));
    expect(second.buffer).not.toBe(first.buffer);
    expect(first.equals(read(1))).toBe(true);
  });

  it('is lent again only after the last of its chunks is given back', () => {
    const whole = copyOf(read(1, mostReadAtOnce - 100));
    const last = whole.subarray(1000);
    giveBack(whole.subarray(0, 1000));
    giveBack(whole.subarray(500, 1000));
    expect(copyOf(read(2)).buffer).not.toBe(whole.buffer);
    giveBack(last);
    expect(copyOf(read(3)).buffer).toBe(whole.buffer);
  });

  it('is lent to one holder only, even if it was given back twice', () => {
    const first = copyOf(read(1));
    giveBack(first);
    giveBack(first);
    expect(copyOf(read(2)).buffer).not.toBe(copyOf(read(3)).buffer);
  });

  it('is not used for a small read: its copy has memory of its own, which is never lent again', () => {
    const small = copyOf(read(1, mostReadAtOnce / 2));
    giveBack(small);
    const next = copyOf(read(2, mostReadAtOnce / 2));
    expect(next.buffer).not.toBe(small.buffer);
    expect(small.equals(read(1, mostReadAtOnce / 2))).toBe(true);
  });
});
