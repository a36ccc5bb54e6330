import type { Told } from './merge-attempts.ts';

const isSeen = 1;
const toldStatus = 2;
const toldDuration = 4;

/** Which rows, by their place, a fetch has met, and what it has told of them: one byte for each. */
export class SeenRows {
  #bytes = new Uint8Array(1024);
  #count = 0;

  get count(): number {
    return this.#count;
  }

  has(seq: number): boolean {
    return (this.#bytes[seq] ?? 0) !== 0;
  }

  told(seq: number): Told | undefined {
    if (!this.has(seq)) return undefined;
    const byte = this.#bytes[seq] ?? 0;
    return { status: (byte & toldStatus) !== 0, duration: (byte & toldDuration) !== 0 };
  }

  add(seq: number, { status, duration }: Told): void {
    if (!this.has(seq)) this.#count += 1;
    if (seq >= this.#bytes.length) {
      const grown = new Uint8Array(Math.max(this.#bytes.length * 2, seq + 1));
      grown.set(this.#bytes);
      this.#bytes = grown;
    }
    const told = (status ? toldStatus : 0) | (duration ? toldDuration : 0);
    this.#bytes[seq] = (this.#bytes[seq] ?? 0) | isSeen | told;
  }
}
