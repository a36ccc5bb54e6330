/** Tokens that come back with time, up to the capacity of the bucket, which is full at first. Moments must come from a monotonic clock: `performance.now()`. */
export class TokenBucket {
  readonly #perSecond: number;
  readonly #capacity: number;
  #tokens: number;
  #filledAt: number;

  constructor(perSecond: number, capacity: number, at: number) {
    this.#perSecond = perSecond;
    this.#capacity = capacity;
    this.#tokens = capacity;
    this.#filledAt = at;
  }

  /** Milliseconds until a token is available; 0 if one is. */
  waitMs(at: number): number {
    const tokens = this.#tokensAt(at);
    return tokens < 1 ? ((1 - tokens) / this.#perSecond) * 1000 : 0;
  }

  /** Takes tokens, even if they are not there yet: later callers wait longer. */
  take(at: number, count = 1): void {
    this.#tokens = this.#tokensAt(at) - count;
    this.#filledAt = at;
  }

  isFull(at: number): boolean {
    return this.#tokensAt(at) >= this.#capacity;
  }

  #tokensAt(at: number): number {
    const seconds = (at - this.#filledAt) / 1000;
    return Math.min(this.#capacity, this.#tokens + seconds * this.#perSecond);
  }
}
