/** Counts how many there are of each name at this moment; a name whose count is 0 takes no memory. */
export class Counts {
  readonly #byName = new Map<string, number>();

  /** Counts one more of a name. @returns a function that counts it off again */
  add(name: string): () => void {
    this.#byName.set(name, this.of(name) + 1);
    return () => {
      const left = this.of(name) - 1;
      if (left > 0) this.#byName.set(name, left);
      else this.#byName.delete(name);
    };
  }

  of(name: string): number {
    return this.#byName.get(name) ?? 0;
  }

  /** The names of which there is at least one. */
  names(): string[] {
    return [...this.#byName.keys()];
  }
}
