/** Each part of a tally grows by itself: moving a million numbers at once would keep everybody else waiting. */
const parts = 64;
/** Keys have 52 bits, evenly spread: they are hashes. */
const partWidth = 2 ** 52 / parts;

/**
 * Counts how often each of very many numbers was seen, by the number's keyed hash: 9 bytes per slot, where a `Map` takes 60. Keys are the first 52 bits of the
 * hash; among ten million numbers, the chance that any two share a key is one in a hundred.
 */
export class NumberTally {
  readonly #parts: TallyPart[] = [];

  /** Number of distinct numbers. */
  get size(): number {
    return this.#parts.reduce((sum, { size }) => sum + size, 0);
  }

  add(numberHash: string): void {
    const key = numberKey(numberHash);
    (this.#parts[partOf(key)] ??= new TallyPart()).add(key);
  }

  /** How often a number was seen; counts end at 255. */
  count(numberHash: string): number {
    const key = numberKey(numberHash);
    return this.#parts[partOf(key)]?.count(key) ?? 0;
  }
}

const partOf = (key: number) => Math.floor(key / partWidth);

/** Counts the keys of one part. */
class TallyPart {
  #keys = new Float64Array(16);
  #counts = new Uint8Array(16);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  add(key: number): void {
    if (this.#size * 2 >= this.#keys.length) this.#grow();
    this.#put(key, 1);
  }

  count(key: number): number {
    return this.#counts[this.#placeOf(key)] ?? 0;
  }

  #put(key: number, count: number): void {
    const place = this.#placeOf(key);
    const before = this.#counts[place] ?? 0;
    if (before === 0) this.#size += 1;
    this.#keys[place] = key;
    this.#counts[place] = Math.min(255, before + count);
  }

  /** The slot of a key, or the free slot where it belongs (open addressing). The keys are already hashes. */
  #placeOf(key: number): number {
    const mask = this.#keys.length - 1;
    let place = key % this.#keys.length;
    while (this.#counts[place] !== 0 && this.#keys[place] !== key) place = (place + 1) & mask;
    return place;
  }

  #grow(): void {
    const keys = this.#keys;
    const counts = this.#counts;
    this.#keys = new Float64Array(keys.length * 2);
    this.#counts = new Uint8Array(keys.length * 2);
    this.#size = 0;
    for (let place = 0; place < counts.length; place += 1) {
      const count = counts[place] ?? 0;
      if (count > 0) this.#put(keys[place] ?? 0, count);
    }
  }
}

/** The first 52 bits of a keyed hash, as a number that JavaScript and both databases hold exactly. */
export const numberKey = (numberHash: string) => Number.parseInt(numberHash.slice(0, 13), 16);
