/**
 * Group commit: what is asked for while one flush runs is done together by the next one. One transaction, one fsync, many callers.
 *
 * `flush` gets 1 to `limit` items and resolves with one result for each, in order, once all are durable. When it rejects, every caller of
 * that batch gets the error.
 */
export type Batch<Item, Result> = (item: Item) => Promise<Result>;
