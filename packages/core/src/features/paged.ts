import { oneByOne } from './one-by-one.ts';

const marker = Symbol.for('finaz-telephony.pages');

/** Items that come in pages. Iterating gives them one by one; {@link pagesOf} gives the pages, which is faster for a million. */
export interface Paged<Item> extends AsyncIterable<Item> {
  readonly [marker]: () => AsyncIterable<Iterable<Item>>;
}

/**
 * Items that a vendor gives by the page: see {@link Paged}.
 *
 * @param pages starts to read, from the first page each time
 */
export function paged<Item>(pages: () => AsyncIterable<Iterable<Item>>): Paged<Item> {
  return {
    [marker]: pages,
    [Symbol.asyncIterator]: () => oneByOne(pages()[Symbol.asyncIterator]()),
  };
}

/** Anything in pages: a reader of a million items waits once for each page, not once for each item. What comes one by one has pages of one. */
export async function* pagesOf<Item>(items: AsyncIterable<Item>): AsyncGenerator<Iterable<Item>> {
  if (isPaged(items)) yield* items[marker]();
  else for await (const item of items) yield [item];
}

const isPaged = <Item>(items: AsyncIterable<Item>): items is Paged<Item> => marker in items;
