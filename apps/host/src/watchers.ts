/** Watchers, grouped by the id of what they watch. */
export class Watchers<Watcher> {
  readonly #byId = new Map<string, Set<Watcher>>();

  /** @returns removes the watcher */
  add(id: string, watcher: Watcher): () => void {
    const others = this.#byId.get(id) ?? new Set();
    others.add(watcher);
    this.#byId.set(id, others);
    return () => {
      others.delete(watcher);
      if (others.size === 0 && this.#byId.get(id) === others) this.#byId.delete(id);
    };
  }

  /** The ids that have at least one watcher. */
  ids(): string[] {
    return [...this.#byId.keys()];
  }

  of(id: string): Iterable<Watcher> {
    return this.#byId.get(id) ?? [];
  }
}
