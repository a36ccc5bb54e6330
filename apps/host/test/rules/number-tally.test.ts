import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { afterEach, expect, it, vi } from 'vitest';
import { NumberTally } from '../../src/rules/number-tally.ts';

const hashOf = (value: number) =>
  createHash('sha256').update(String(value)).digest('hex').slice(0, 32);

it('a number tally counts as a Map would, up to 255', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 3000 }), { maxLength: 5000 }), (values) => {
      const tally = new NumberTally();
      const expected = new Map<number, number>();
      for (const value of values) {
        tally.add(hashOf(value));
        expected.set(value, (expected.get(value) ?? 0) + 1);
      }
      expect(tally.size).toBe(expected.size);
      for (const [value, count] of expected)
        expect(tally.count(hashOf(value))).toBe(Math.min(255, count));
      expect(tally.count(hashOf(-1))).toBe(0);
    }),
    { numRuns: 20 },
  );
});

it('a number tally keeps the count of a number whatever else is added, and counts up to 255', () => {
  const tally = new NumberTally();
  for (let times = 0; times < 3; times += 1) tally.add(hashOf(-1));
  for (let times = 0; times < 300; times += 1) tally.add(hashOf(-2));
  for (let value = 0; value < 3000; value += 1) tally.add(hashOf(value));
  expect([-1, -2, 0].map((value) => tally.count(hashOf(value)))).toEqual([3, 255, 1]);
  expect(tally.size).toBe(3002);
});

it('a number tally keeps 200,000 numbers, and reports none that it has not seen', () => {
  const tally = new NumberTally();
  for (let value = 0; value < 200_000; value += 1) tally.add(hashOf(value));
  expect(tally.size).toBe(200_000);
  for (let value = 200_000; value < 210_000; value += 1) expect(tally.count(hashOf(value))).toBe(0);
});

afterEach(() => vi.unstubAllGlobals());

it('a number tally never moves more than a small part of its numbers at once', () => {
  let largest = 0;
  class NotedKeys extends Float64Array {
    constructor(length: number) {
      super(length);
      largest = Math.max(largest, length);
    }
  }
  vi.stubGlobal('Float64Array', NotedKeys);
  const tally = new NumberTally();
  for (let value = 0; value < 100_000; value += 1) tally.add(hashOf(value));
  expect(largest).toBeGreaterThan(0);
  expect(largest).toBeLessThan(10_000);
});
