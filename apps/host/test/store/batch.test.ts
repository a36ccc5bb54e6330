import { expect, it } from 'vitest';
import { createBatch } from '../../src/store/batch.ts';

/** A batch that remembers its flushes, and fails those that have a `0`. */
function open(limit: number) {
  const flushed: (readonly number[])[] = [];
  const batch = createBatch<number, string>({
    limit,
    flush: async (items) => {
      flushed.push(items);
      if (items.includes(0)) throw new Error('the disk is full');
      return items.map(String);
    },
  });
  return { batch, flushed };
}

it('a flush has no more items than the limit, except to keep together items that were added together', async () => {
  const { batch, flushed } = open(3);
  const results = await Promise.all([
    batch.add(1),
    batch.add(2),
    batch.addAll([3, 4, 5, 6, 7]),
    batch.add(8),
    batch.addAll([]),
  ]);
  expect(results).toEqual(['1', '2', ['3', '4', '5', '6', '7'], '8', []]);
  expect(flushed).toEqual([[1, 2, 3, 4, 5, 6, 7], [8]]);
});

it('items that were added together all fail if one of them fails, and the next flush does not', async () => {
  const { batch, flushed } = open(2);
  const told = await Promise.allSettled([batch.addAll([1, 2, 3, 0]), batch.add(4)]);
  expect(told.map(({ status }) => status)).toEqual(['rejected', 'fulfilled']);
  expect(flushed).toEqual([[1, 2, 3, 0], [4]]);
});
