/**
 * Decodes a stream as UTF-8, and from the first byte that is none as Windows-1252, of which Latin-1 is a part: what came before was the same in both.
 * `charset` as announced decides only where it is one of the two families.
 */
export async function* decodeText(
  body: AsyncIterable<Uint8Array>,
  charset: string | undefined,
): AsyncGenerator<string> {
  const isSingleByte = /^(?:iso-?8859-?1|latin-?1|windows-?1252|cp-?1252)$/i.test(charset ?? '');
  let decoder = new TextDecoder(isSingleByte ? 'windows-1252' : 'utf-8', {
    fatal: !isSingleByte,
  });
  let held = new Uint8Array();
  for await (const bytes of body) {
    const chunk = held.length === 0 ? bytes : joined(held, bytes);
    try {
      // A character may be cut by the end of a chunk: its bytes are held, so that either decoder sees it whole.
      const whole = isSingleByte ? chunk.length : wholeCharacters(chunk);
      const text = decoder.decode(chunk.subarray(0, whole), { stream: true });
      held = chunk.slice(whole);
      if (text !== '') yield text;
    } catch {
      decoder = new TextDecoder('windows-1252');
      held = new Uint8Array();
      yield decoder.decode(chunk, { stream: true });
    }
  }
  if (held.length > 0) yield new TextDecoder('windows-1252').decode(held);
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
