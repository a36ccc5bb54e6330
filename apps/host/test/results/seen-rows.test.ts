import { expect, it } from 'vitest';
import { SeenRows } from '../../src/results/seen-rows.ts';

it('SeenRows contains each row that was added, counted once, and no other', () => {
  const seen = new SeenRows();
  const met = [1, 7, 8, 8191, 8192, 8193, 100_000];
  for (const row of [...met, ...met]) seen.add(row);
  expect(seen.count).toBe(met.length);
  expect(met.filter((row) => !seen.has(row))).toEqual([]);
  expect([0, 2, 9, 8190, 8194, 99_999, 1_000_000].filter((row) => seen.has(row))).toEqual([]);
});
