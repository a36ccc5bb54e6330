import { TokenBucket } from '../token-bucket.ts';

/** Limits how much each of many senders may send. */
export interface RateLimit {
  /** 0 if it may pass, otherwise the milliseconds to wait. A `count` of several passes as a whole, and what follows waits for it. */
  readonly take: (sender: string, count?: number) => number;
  /** The wait alone; counts nothing. */
  readonly waitOf: (sender: string) => number;
}

export interface RateLimitOptions {
  readonly perSecond: number;
  /** How many may come at once after a pause. */
  readonly burst: number;
  readonly now: () => number;
}

/** Strangers may come from any number of addresses; memory may not grow with them. */
const mostSenders = 10_000;

/** A token bucket for each sender. */
export function createRateLimit({ perSecond, burst, now }: RateLimitOptions): RateLimit {
  const buckets = new Map<string, TokenBucket>();

  return {
    take(sender, count = 1) {
      const at = now();
      let bucket = buckets.get(sender);
      if (!bucket) {
        if (buckets.size >= mostSenders) forgetQuiet(buckets, at);
        bucket = new TokenBucket(perSecond, burst, at);
        buckets.set(sender, bucket);
      }
      const waitMs = bucket.waitMs(at);
      if (waitMs === 0) bucket.take(at, count);
      return waitMs;
    },
    waitOf: (sender) => buckets.get(sender)?.waitMs(now()) ?? 0,
  };
}

/** A sender that has been quiet long enough to have all its tokens back need not be remembered. */
function forgetQuiet(buckets: Map<string, TokenBucket>, at: number): void {
  for (const [sender, bucket] of buckets) if (bucket.isFull(at)) buckets.delete(sender);
  if (buckets.size >= mostSenders) buckets.clear();
}
