/** Each item is one parameter of a statement, or a row of several: few enough for one statement on both engines. */
const usualSize = 500;

/** A list in chunks, each short enough to be asked or written with one statement. */
export function* chunksOf<Item>(
  items: readonly Item[],
  size = usualSize,
): Generator<readonly Item[]> {
  for (let start = 0; start < items.length; start += size) yield items.slice(start, start + size);
}
