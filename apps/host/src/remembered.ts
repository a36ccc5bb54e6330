/**
 * Caches the results of a function by name. Names come from outside in any number, so the whole cache is dropped when it is full.
 *
 * @param most how many are kept
 */
export function remembered<Value>(most: number, of: (name: string) => Value) {
  const known = new Map<string, readonly [Value]>();
  return (name: string): Value => {
    const before = known.get(name);
    if (before) return before[0];
    const value = of(name);
    if (known.size >= most) known.clear();
    known.set(name, [value]);
    return value;
  };
}
