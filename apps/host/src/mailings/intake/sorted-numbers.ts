import type { MailingNumberTable } from '../../store/schema.ts';

/** Numbers that are held back before they are written: some 2 MB. */
const runLength = 100_000;
/** Parts of the range of keys, each short enough to be sorted and written without anybody waiting long for it. */
const parts = 256;
/** Neighbouring parts are written together until there are this many: a mailing of a few hundred contacts would wait for the disk as often as it has contacts. */
const fewest = runLength / parts / 2;
/** Keys have 52 bits, evenly spread: they are hashes. */
const partWidth = 2 ** 52 / parts;

/**
 * The numbers of a mailing on their way to the disk. Their keys are hashes: written chunk by chunk, nearly every number would touch an index page of its own.
 * In long sorted runs neighbours share a page, and many times less is written.
 */
export class SortedNumbers {
  readonly #mailing: number;
  readonly #write: (numbers: readonly MailingNumberTable[]) => Promise<unknown>;
  readonly #held: MailingNumberTable[][] = Array.from({ length: parts }, () => []);
  #count = 0;

  constructor(
    mailing: number,
    write: (numbers: readonly MailingNumberTable[]) => Promise<unknown>,
  ) {
    this.#mailing = mailing;
    this.#write = write;
  }

  async add(numbers: readonly { readonly number_key: number; readonly position: number }[]) {
    for (const { number_key, position } of numbers) {
      this.#held[Math.floor(number_key / partWidth)]?.push({
        mailing: this.#mailing,
        number_key,
        position,
      });
    }
    this.#count += numbers.length;
    if (this.#count >= runLength) await this.flush();
  }

  async flush(): Promise<void> {
    let run: MailingNumberTable[] = [];
    for (const part of this.#held) {
      run.push(...part.splice(0).toSorted((left, right) => left.number_key - right.number_key));
      if (run.length < fewest) continue;
      await this.#write(run);
      run = [];
    }
    if (run.length > 0) await this.#write(run);
    this.#count = 0;
  }
}
