import type { TelephonyError } from '@finaz-telephony/core';
import { mostFailuresInARow, mostGrowth, pauseMs, type Verdict } from './judge-failure.ts';
import { toMailingError } from '../mailing-error.ts';
import { LoadHeld, LoadStopped } from './load-ends.ts';

/** However long a pause is, the state is kept in sight meanwhile. */
const longestRestMs = 500;

/** Those that are held back for longer give their places to other loads: a telephone system may want fewer requests all day. */
const longestHeldMs = 5000;

/** How fast contacts may go out by request: what the telephone system has answered lately slows a load down, or ends it. */
export class LoadPace {
  readonly #concurrency: number;
  #failuresInARow: number;
  #heldUntil = 0;
  /** What it is held back by, where the telephone system wants fewer requests: that alone may go on for ever. */
  #limited: TelephonyError | undefined;

  /** @param failuresInARow of a load that was held back: the telephone system may still want fewer requests */
  constructor(concurrency: number, failuresInARow: number) {
    this.#concurrency = concurrency;
    this.#failuresInARow = failuresInARow;
  }

  /** One by one until it is known that the telephone system takes contacts again. */
  get atOnce(): number {
    return this.#failuresInARow > 0 ? 1 : this.#concurrency;
  }

  get isHeld(): boolean {
    return performance.now() < this.#heldUntil;
  }

  /** How long to rest before the next look; 0 or less where it is not held. @throws {LoadHeld} */
  restMs(): number {
    const holdMs = this.#heldUntil - performance.now();
    if (holdMs > longestHeldMs && this.#limited) {
      throw new LoadHeld(
        Math.ceil(holdMs),
        Math.min(this.#failuresInARow, mostGrowth),
        toMailingError(this.#limited, 'The load waits'),
      );
    }
    return Math.min(holdMs, longestRestMs);
  }

  /** The telephone system takes contacts, or says no to one for what it is. */
  worked(): void {
    this.#failuresInARow = 0;
  }

  /** @returns what ends the load, where it has met too many failures */
  failed(error: TelephonyError, verdict: Exclude<Verdict, 'stop'>): LoadStopped | undefined {
    if (verdict === 'contact' && error.code !== 'unavailable') {
      this.worked();
      return undefined;
    }
    const isLimited = error.code === 'rate_limited';
    // While it is held nothing leaves: what fails then was under way with the first, and nothing is lost by it.
    const isOfSameMoment = verdict === 'again' && this.isHeld;
    if (!isOfSameMoment) this.#failuresInARow += 1;
    this.#limited = isLimited ? error : undefined;
    if (verdict !== 'contact') {
      const until = performance.now() + pauseMs(error, this.#failuresInARow);
      this.#heldUntil = Math.max(this.#heldUntil, until);
    }
    if (isLimited || this.#failuresInARow < mostFailuresInARow) return undefined;
    const during = `The load has stopped after ${this.#failuresInARow} failures in a row`;
    return new LoadStopped(toMailingError(error, during));
  }
}
