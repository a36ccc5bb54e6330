/**
 * Decodes text of vendors and spreadsheets piece by piece: as UTF-8, and from the first byte that is none as Windows-1252, of which Latin-1 is a part.
 * What came before was the same in both. What the sender says of its charset is not asked: it is wrong as often as it is missing.
 */
export class TextReader {
  #decoder = new TextDecoder('utf-8', { fatal: true });
  #held: Uint8Array = new Uint8Array();

  push(bytes: Uint8Array): string {
    const chunk = this.#held.length === 0 ? bytes : joined(this.#held, bytes);
    try {
      // A character may be cut by the end of a chunk: its bytes are held, so that either decoder sees it whole.
      const whole = wholeCharacters(chunk);
      const text = this.#decoder.decode(chunk.subarray(0, whole), { stream: true });
      this.#held = chunk.slice(whole);
      return text;
    } catch {
      this.#decoder = new TextDecoder('windows-1252');
      this.#held = new Uint8Array();
      return this.#decoder.decode(chunk, { stream: true });
    }
  }

  finish(): string {
    return new TextDecoder('windows-1252').decode(this.#held);
  }
}

export async function* decodeText(body: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const reader = new TextReader();
  for await (const bytes of body) {
    const text = reader.push(bytes);
    if (text !== '') yield text;
  }
  const last = reader.finish();
  if (last !== '') yield last;
}

const strict = new TextDecoder('utf-8', { fatal: true });

export function decodeWhole(bytes: Uint8Array): string {
  try {
    return strict.decode(bytes);
  } catch {
    return decodeMixed(bytes);
  }
}

function decodeMixed(bytes: Uint8Array): string {
  const reader = new TextReader();
  return reader.push(bytes) + reader.finish();
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array {
  const both = new Uint8Array(first.length + second.length);
  both.set(first);
  both.set(second, first.length);
  return both;
}

/** The length without a character of UTF-8 that goes on in the next chunk. */
function wholeCharacters(bytes: Uint8Array): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back += 1) {
    const byte = bytes[bytes.length - back] ?? 0;
    if (byte < 0x80) return bytes.length;
    if (byte >= 0xc0) {
      const needed = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
      return back < needed ? bytes.length - back : bytes.length;
    }
  }
  return bytes.length;
}
