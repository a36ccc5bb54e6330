export interface BatchOptions<Item, Result> {
  /** Maximum number of items per flush, except for those that stay together. */
  readonly limit: number;
  /** Receives items, and resolves with one result for each, in order, once all are durable. */
  readonly flush: (items: readonly Item[]) => Promise<readonly Result[]>;
}

export interface Batch<Item, Result> {
  /** Resolves once the item is durable; rejects with the error of its flush. */
  readonly add: (item: Item) => Promise<Result>;
  /** The same for items that are all durable, or none of them: they share one flush, even if they exceed its limit. */
  readonly addAll: (items: readonly Item[]) => Promise<Result[]>;
  /** Waits until nothing is left to flush. */
  readonly drain: () => Promise<void>;
}

interface Waiting<Item, Result> {
  readonly item: Item;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
  /** Whether the next one must be in the same flush. */
  readonly isFollowed: boolean;
}

/**
 * Gathers the writes of many callers into one flush, on both engines: whatever is requested while one flush runs is done together by the next. One
 * commit for each would be 5 to 70 times slower.
 */
export function createBatch<Item, Result>({
  limit,
  flush,
}: BatchOptions<Item, Result>): Batch<Item, Result> {
  let waiting: Waiting<Item, Result>[] = [];
  let running: Promise<void> | undefined;

  function endOfFlush(): number {
    let end = Math.min(limit, waiting.length);
    while (waiting[end - 1]?.isFollowed === true) end += 1;
    return end;
  }

  async function flushWaiting(): Promise<void> {
    // Anything else that arrives in this turn of the event loop goes into the same commit.
    await new Promise<void>((resolve) => setImmediate(resolve));
    while (waiting.length > 0) {
      const end = endOfFlush();
      const batch = waiting.slice(0, end);
      waiting = waiting.slice(end);
      try {
        const results = await flush(batch.map(({ item }) => item));
        if (results.length !== batch.length) {
          throw new Error(`a flush of ${batch.length} items gave ${results.length} results`);
        }
        for (const [index, result] of results.entries()) batch[index]?.resolve(result);
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    running = undefined;
  }

  const add = (item: Item, isFollowed: boolean) =>
    new Promise<Result>((resolve, reject) => {
      waiting.push({ item, resolve, reject, isFollowed });
      running ??= flushWaiting();
    });

  return {
    add: (item) => add(item, false),
    addAll: (items) => Promise.all(items.map((item, index) => add(item, index + 1 < items.length))),
    // A run ends only when nothing is waiting any more.
    drain: async () => running,
  };
}
