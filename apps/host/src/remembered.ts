/**
 * Remembers what a function has made of a name. Names come from outside, and there may be any number of them: with too many, all are forgotten.
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
