/** Each item is a parameter, or a row of some: below the most of a statement, on both engines. */
const chunkSize = 500;

/** A list in chunks, each short enough to be asked or written with one statement. */
export function* chunksOf<Item>(items: readonly Item[]): Generator<readonly Item[]> {
  for (let start = 0; start < items.length; start += chunkSize)
    yield items.slice(start, start + chunkSize);
}
