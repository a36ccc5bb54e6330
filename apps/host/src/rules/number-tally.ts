/**
 * Counts how often each of very many numbers was seen, by the number's keyed hash: 9 bytes per slot, where a `Map` takes 60. Keys are the first 52 bits of the
 * hash; among ten million numbers, the chance that any two share a key is one in a hundred.
 */
export class NumberTally {
  #keys = new Float64Array(1024);
  #counts = new Uint8Array(1024);
  #size = 0;

  /** Number of distinct numbers. */
  get size(): number {
    return this.#size;
  }

  add(numberHash: string): void {
    if (this.#size * 2 >= this.#keys.length) this.#grow();
    this.#put(numberKey(numberHash), 1);
  }

  /** How often a number was seen; counts end at 255. */
  count(numberHash: string): number {
    return this.#counts[this.#placeOf(numberKey(numberHash))] ?? 0;
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
    for (const [place, count] of counts.entries()) {
      if (count > 0) this.#put(keys[place] ?? 0, count);
    }
  }
}

/** The first 52 bits of a keyed hash, as a number that JavaScript and both databases hold exactly. */
export const numberKey = (numberHash: string) => Number.parseInt(numberHash.slice(0, 13), 16);
