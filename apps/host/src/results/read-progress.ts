import type { UnreadableRow } from '@finaz-telephony/core';
import { maskPersonal } from '@finaz-telephony/core/host';
import type { IncomingAttempt } from './attempt-key.ts';
import type { WrittenChunk } from './attempt-writes.ts';

export interface ReadProgress {
  /** Rows of the report, including unreadable ones. */
  readonly read: number;
  readonly added: number;
  readonly changed: number;
  readonly foreign: number;
  readonly unreadable: number;
  readonly unreadableSample: readonly UnreadableRow[];
  /** Rows from outside the mailing's time: systems that report whole days also tell what was dialed before and after it. */
  readonly outside: number;
}

const sampleSize = 50;
const longestReason = 300;

/** Counts what comes of a report. */
export class ReadTally {
  readonly #sample: UnreadableRow[] = [];
  readonly #counts = { read: 0, added: 0, changed: 0, foreign: 0, unreadable: 0, outside: 0 };

  /** How many rows of the report have come. */
  #position = 0;

  get progress(): ReadProgress {
    return { ...this.#counts, unreadableSample: this.#sample };
  }

  /** The place of the row that comes now, counted from 1. */
  nextPosition(): number {
    this.#position += 1;
    return this.#position;
  }

  addUnreadable({ position, reason }: UnreadableRow): void {
    this.#counts.read += 1;
    this.#counts.unreadable += 1;
    if (this.#sample.length < sampleSize)
      this.#sample.push({ position, reason: maskPersonal(reason).slice(0, longestReason) });
  }

  addOutside(): void {
    this.#counts.read += 1;
    this.#counts.outside += 1;
  }

  addStored(attempts: readonly IncomingAttempt[], { added, changed }: WrittenChunk): void {
    this.#counts.read += attempts.length;
    this.#counts.added += added;
    this.#counts.changed += changed;
    this.#counts.foreign += attempts.filter(({ matchedBy }) => matchedBy === 'none').length;
  }
}
