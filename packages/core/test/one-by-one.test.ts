import { expect, it } from 'vitest';
import { oneByOne } from '../src/features/one-by-one.ts';

const iterable = (pages: AsyncGenerator<readonly number[]>): AsyncIterable<number> => ({
  [Symbol.asyncIterator]: () => oneByOne(pages),
});

it('oneByOne yields the items of all pages in order, and skips empty pages', async () => {
  async function* pages() {
    yield [1, 2];
    yield [];
    yield [3];
  }
  const given: number[] = [];
  for await (const each of iterable(pages())) given.push(each);
  expect(given).toEqual([1, 2, 3]);
});

it('oneByOne closes the pages if the reader stops early, and passes on an error that a page throws', async () => {
  let isEnded = false;
  async function* pages() {
    try {
      yield [1, 2];
      throw new Error('the lease is lost');
    } finally {
      isEnded = true;
    }
  }
  for await (const each of iterable(pages())) if (each === 1) break;
  expect(isEnded).toBe(true);
  const given: number[] = [];
  const reading = async () => {
    for await (const each of iterable(pages())) given.push(each);
  };
  await expect(reading()).rejects.toThrow('the lease is lost');
  expect(given).toEqual([1, 2]);
});
