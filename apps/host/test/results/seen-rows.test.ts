import { expect, it } from 'vitest';
import { SeenRows } from '../../src/results/seen-rows.ts';

it('SeenRows contains each row that was added, counted once, and no other', () => {
  const seen = new SeenRows();
  const met = [1, 7, 8, 8191, 8192, 8193, 100_000];
  for (const row of [...met, ...met]) seen.add(row, { status: false, duration: false });
  expect(seen.count).toBe(met.length);
  expect(met.filter((row) => !seen.has(row))).toEqual([]);
  expect([0, 2, 9, 8190, 8194, 99_999, 1_000_000].filter((row) => seen.has(row))).toEqual([]);
});

it('SeenRows adds up what the reports of a row have told', () => {
  const seen = new SeenRows();
  expect(seen.told(7)).toBeUndefined();
  seen.add(7, { status: false, duration: false });
  expect(seen.told(7)).toEqual({ status: false, duration: false });
  seen.add(7, { status: true, duration: false });
  seen.add(7, { status: false, duration: true });
  expect(seen.told(7)).toEqual({ status: true, duration: true });
  expect(seen.told(8)).toBeUndefined();
});
