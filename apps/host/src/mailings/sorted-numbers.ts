import type { MailingNumberTable } from '../store/schema.ts';

/** Numbers that are held back before they are sorted and written: 1.6 MB. */
const runLength = 100_000;
/** Numbers of one commit. */
const chunkLength = 2000;

/**
 * The numbers of a mailing on their way to the disk. Their keys are hashes, so each of a chunk of contacts would touch a page of the index of its own; written in long
 * sorted runs, neighbours share a page, and twenty times less is written.
 */
export class SortedNumbers {
  readonly #mailing: number;
  readonly #write: (numbers: readonly MailingNumberTable[]) => Promise<unknown>;
  #held: { readonly number_key: number; readonly position: number }[] = [];

  constructor(
    mailing: number,
    write: (numbers: readonly MailingNumberTable[]) => Promise<unknown>,
  ) {
    this.#mailing = mailing;
    this.#write = write;
  }

  async add(numbers: readonly MailingNumberTable[]): Promise<void> {
    for (const { number_key, position } of numbers) this.#held.push({ number_key, position });
    if (this.#held.length >= runLength) await this.flush();
  }

  async flush(): Promise<void> {
    const run = this.#held.toSorted((left, right) => left.number_key - right.number_key);
    this.#held = [];
    for (let start = 0; start < run.length; start += chunkLength) {
      const chunk = run.slice(start, start + chunkLength);
      await this.#write(chunk.map((number) => ({ mailing: this.#mailing, ...number })));
    }
  }
}
