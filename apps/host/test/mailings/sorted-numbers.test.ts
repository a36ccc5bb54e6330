import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { SortedNumbers } from '../../src/mailings/intake/sorted-numbers.ts';

it('the numbers of a mailing are written once each, in sorted runs, in whatever order they come', async () => {
  const written: number[] = [];
  const numbers = new SortedNumbers(7, async (rows) => {
    await nextTurn();
    for (const { mailing, number_key } of rows) {
      expect(mailing).toBe(7);
      written.push(number_key);
    }
  });
  const keys = [0, 2 ** 52 - 1, 2 ** 44, 2 ** 44 - 1].concat(
    Array.from({ length: 99_996 }, (_, index) => (index * 2_654_435_761 * 1_000_003) % 2 ** 52),
  );
  for (let start = 0; start < keys.length; start += 1000) {
    const chunk = keys.slice(start, start + 1000);
    await numbers.add(chunk.map((number_key, index) => ({ number_key, position: start + index })));
  }
  const sorted = keys.toSorted((left, right) => left - right);
  expect(written).toEqual(sorted);
  await numbers.add([{ number_key: 5, position: 100_001 }]);
  expect(written).toHaveLength(100_000);
  await numbers.flush();
  expect(written.at(-1)).toBe(5);
});

it('the few numbers of a small mailing go to the disk together, and those of a large one in parts that hold nobody up', async () => {
  const written: number[] = [];
  const numbers = new SortedNumbers(7, async (rows) => {
    written.push(rows.length);
  });
  const add = (count: number) =>
    numbers.add(
      Array.from({ length: count }, (_, index) => ({
        number_key: Math.floor((index / count) * 2 ** 52),
        position: index,
      })),
    );
  await add(150);
  await numbers.flush();
  expect(written).toEqual([150]);
  written.length = 0;
  await add(100_000);
  expect(Math.max(...written)).toBeLessThan(1000);
});
