/** Counts what each of many senders may send. */
export interface RateLimit {
  /** 0 when it may pass, else the milliseconds to wait. */
  readonly take: (sender: string) => number;
  /** The same without counting. */
  readonly waitOf: (sender: string) => number;
}

export interface RateLimitOptions {
  readonly perSecond: number;
  /** How many may come at once after a pause. */
  readonly burst: number;
  readonly now: () => number;
}

interface Bucket {
  tokens: number;
  filledAt: number;
}

/** Strangers may come from any number of addresses; memory may not grow with them. */
const mostSenders = 10_000;

/** A token bucket for each sender. */
export function createRateLimit({ perSecond, burst, now }: RateLimitOptions): RateLimit {
  const buckets = new Map<string, Bucket>();
  const waitFor = (tokens: number) => (tokens < 1 ? ((1 - tokens) / perSecond) * 1000 : 0);
  const tokensOf = (bucket: Bucket, at: number) =>
    // A clock that is set back takes nothing away.
    Math.min(burst, bucket.tokens + (Math.max(0, at - bucket.filledAt) / 1000) * perSecond);

  return {
    take(sender) {
      const at = now();
      let bucket = buckets.get(sender);
      if (!bucket) {
        if (buckets.size >= mostSenders) dropFull(buckets, at, perSecond, burst);
        bucket = { tokens: burst, filledAt: at };
        buckets.set(sender, bucket);
      }
      bucket.tokens = tokensOf(bucket, at);
      bucket.filledAt = at;
      const waitMs = waitFor(bucket.tokens);
      if (waitMs === 0) bucket.tokens -= 1;
      return waitMs;
    },
    waitOf(sender) {
      const bucket = buckets.get(sender);
      return bucket ? waitFor(tokensOf(bucket, now())) : 0;
    },
  };
}

/** Who has been quiet long enough to have all tokens back need not be remembered. */
function dropFull(
  buckets: Map<string, Bucket>,
  at: number,
  perSecond: number,
  burst: number,
): void {
  for (const [sender, bucket] of buckets) {
    if (bucket.tokens + ((at - bucket.filledAt) / 1000) * perSecond >= burst)
      buckets.delete(sender);
  }
  if (buckets.size >= mostSenders) buckets.clear();
}
