import { describe, expect, it } from 'vitest';
import { copyOf, giveBack, mostReadAtOnce } from '../../src/egress/lent-memory.ts';

const read = (byte: number, length = mostReadAtOnce) => Buffer.alloc(length, byte);

describe('the memory of what was read', () => {
  it('is a copy, and used again once it was given back', () => {
    const source = read(1);
    const first = copyOf(source);
    source.fill(9);
    expect(first.equals(read(1))).toBe(true);
    giveBack(first);
    const second = copyOf(read(2, mostReadAtOnce - 10));
    expect(second.buffer).toBe(first.buffer);
    expect(second.equals(read(2, mostReadAtOnce - 10))).toBe(true);
  });

  it('stays with its holder until then', () => {
    const first = copyOf(read(1));
    const second = copyOf(read(2));
    expect(second.buffer).not.toBe(first.buffer);
    expect(first.equals(read(1))).toBe(true);
  });

  it('is free with the last of several chunks, not before', () => {
    const whole = copyOf(read(1, mostReadAtOnce - 100));
    const last = whole.subarray(1000);
    giveBack(whole.subarray(0, 1000));
    giveBack(whole.subarray(500, 1000));
    expect(copyOf(read(2)).buffer).not.toBe(whole.buffer);
    giveBack(last);
    expect(copyOf(read(3)).buffer).toBe(whole.buffer);
  });

  it('given back twice is not lent twice', () => {
    const first = copyOf(read(1));
    giveBack(first);
    giveBack(first);
    expect(copyOf(read(2)).buffer).not.toBe(copyOf(read(3)).buffer);
  });

  it('is of its own size where little was read, and never lent', () => {
    const small = copyOf(read(1, mostReadAtOnce / 2));
    giveBack(small);
    const next = copyOf(read(2, mostReadAtOnce / 2));
    expect(next.buffer).not.toBe(small.buffer);
    expect(small.equals(read(1, mostReadAtOnce / 2))).toBe(true);
  });
});
