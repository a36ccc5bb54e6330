/** Yields the items of pages one by one. Not a generator: for a million items, already resolved promises take a third of the time. */
export function oneByOne<Item>(pages: AsyncIterator<Iterable<Item>>): AsyncIterator<Item> {
  let page: Iterator<Item> = [].values();

  async function fromNextPage(): Promise<IteratorResult<Item>> {
    for (;;) {
      const { done, value } = await pages.next();
      if (done) return { done, value: undefined };
      page = value[Symbol.iterator]();
      const first = page.next();
      if (!first.done) return first;
    }
  }

  /** Closes the source of the pages, before the reader learns of the end. */
  async function ended(): Promise<void> {
    page.return?.();
    await pages.return?.();
  }

  async function broken(error: unknown): Promise<never> {
    await ended();
    throw error;
  }

  return {
    next() {
      try {
        const there = page.next();
        return there.done ? fromNextPage().catch(broken) : Promise.resolve(there);
      } catch (error) {
        return broken(error);
      }
    },
    async return() {
      await ended();
      return { done: true, value: undefined };
    },
  };
}
