import type { TelephonyError } from '@finaz-telephony/core';
import { mostFailuresInARow, mostGrowth, pauseMs, type Verdict } from './judge-failure.ts';
import { toMailingError } from '../mailing-error.ts';
import { LoadHeld, LoadStopped } from './load-ends.ts';

/** A longer pause is taken in pieces of this length, so that a change of the mailing's state is noticed. */
const longestRestMs = 500;

/** A load held back for longer gives its place to another: a telephone system may want fewer requests all day. */
const longestHeldMs = 5000;

/** How fast contacts may go out by request: what the telephone system has answered lately slows a load down, or ends it. */
export class LoadPace {
  readonly #concurrency: number;
  #failuresInARow: number;
  #heldUntil = 0;
  /** The error, if the load is held back because the telephone system wants fewer requests: only such a hold may go on for ever. */
  #limited: TelephonyError | undefined;

  /** @param failuresInARow carried over from a load that was held back: the telephone system may still want fewer requests */
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

  /** The telephone system takes contacts, or refused one for the contact's own fault. */
  worked(): void {
    this.#failuresInARow = 0;
  }

  /** @returns the error that stops the load after too many failures */
  failed(error: TelephonyError, verdict: Exclude<Verdict, 'stop'>): LoadStopped | undefined {
    if (verdict === 'contact' && error.code !== 'unavailable') {
      this.worked();
      return undefined;
    }
    const isLimited = error.code === 'rate_limited';
    // Nothing leaves while the load is held: what fails now left with the first failure, and is sent again. It counts as the same failure.
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
