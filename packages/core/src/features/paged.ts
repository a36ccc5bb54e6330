import { oneByOne } from './one-by-one.ts';

const marker = Symbol.for('finaz-telephony.pages');

/** Items that come in pages. Iterating yields them one by one; {@link pagesOf} yields whole pages, which is faster for a million items. */
export interface Paged<Item> extends AsyncIterable<Item> {
  readonly [marker]: () => AsyncIterable<Iterable<Item>>;
}

/**
 * Makes {@link Paged} items of the pages that a vendor sends.
 *
 * @param pages starts to read, from the first page on each call
 */
export function paged<Item>(pages: () => AsyncIterable<Iterable<Item>>): Paged<Item> {
  return {
    [marker]: pages,
    [Symbol.asyncIterator]: () => oneByOne(pages()[Symbol.asyncIterator]()),
  };
}

/** The items page by page: a reader of a million items awaits once per page, not once per item. Items that are not {@link Paged} come in pages of one. */
export async function* pagesOf<Item>(items: AsyncIterable<Item>): AsyncGenerator<Iterable<Item>> {
  if (isPaged(items)) yield* items[marker]();
  else for await (const item of items) yield [item];
}

const isPaged = <Item>(items: AsyncIterable<Item>): items is Paged<Item> => marker in items;
