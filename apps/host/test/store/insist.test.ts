import { describe, expect, it, vi } from 'vitest';
import { insist } from '../../src/store/insist.ts';

const full = Object.assign(new Error('database or disk is full'), { code: 'SQLITE_FULL' });

describe('insist', () => {
  it('returns what the store answers when it is back, and reports once that it was away', async () => {
    const ask = vi
      .fn<() => Promise<string>>()
      .mockRejectedValueOnce(full)
      .mockRejectedValueOnce(full)
      .mockResolvedValue('rows');
    const onAway = vi.fn<(error: unknown) => void>();
    expect(await insist(ask, { onAway })).toBe('rows');
    expect(ask).toHaveBeenCalledTimes(3);
    expect(onAway.mock.calls).toEqual([[full]]);
  });

  it('does not try again after an error that does not mean that the store is away', async () => {
    const ask = vi.fn<() => Promise<string>>().mockRejectedValue(new Error('no such column'));
    await expect(insist(ask)).rejects.toThrow('no such column');
    expect(ask).toHaveBeenCalledTimes(1);
  });

  it('tries once more when its time is over, without waiting for the pause to end', async () => {
    const over = new AbortController();
    const ask = vi.fn<() => Promise<string>>().mockRejectedValue(full);
    await expect(insist(ask, { until: over.signal, onAway: () => over.abort() })).rejects.toThrow(
      'full',
    );
    expect(ask).toHaveBeenCalledTimes(2);
  });
});
