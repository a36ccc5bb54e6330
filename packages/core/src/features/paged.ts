import { oneByOne } from './one-by-one.ts';

const marker = Symbol.for('finaz-telephony.pages');

/** What comes by the page: one by one for whoever wants no more, by {@link pagesOf} for whoever has a million to go through. */
export interface Paged<Item> extends AsyncIterable<Item> {
  readonly [marker]: () => AsyncIterable<Iterable<Item>>;
}

/** @param pages begins to read them, each time anew */
export function paged<Item>(pages: () => AsyncIterable<Iterable<Item>>): Paged<Item> {
  return {
    [marker]: pages,
    [Symbol.asyncIterator]: () => oneByOne(pages()[Symbol.asyncIterator]()),
  };
}

/** Anything by the page: whoever reads a million waits once for each page of them, not once for each. What comes one by one has pages of one. */
export async function* pagesOf<Item>(items: AsyncIterable<Item>): AsyncGenerator<Iterable<Item>> {
  if (isPaged(items)) yield* items[marker]();
  else for await (const item of items) yield [item];
}

const isPaged = <Item>(items: AsyncIterable<Item>): items is Paged<Item> => marker in items;
