/** Who watches what, by its id. */
export class Watchers<Watcher> {
  readonly #byId = new Map<string, Set<Watcher>>();

  /** @returns ends it */
  add(id: string, watcher: Watcher): () => void {
    const others = this.#byId.get(id) ?? new Set();
    others.add(watcher);
    this.#byId.set(id, others);
    return () => {
      others.delete(watcher);
      if (others.size === 0 && this.#byId.get(id) === others) this.#byId.delete(id);
    };
  }

  /** What is watched. */
  ids(): string[] {
    return [...this.#byId.keys()];
  }

  of(id: string): Iterable<Watcher> {
    return this.#byId.get(id) ?? [];
  }
}
