/** How many there are of each name at this moment; a name without any takes no memory. */
export class Counts {
  readonly #byName = new Map<string, number>();

  /** One more. @returns takes it away again */
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

  /** Those of which there is at least one. */
  names(): string[] {
    return [...this.#byName.keys()];
  }
}
