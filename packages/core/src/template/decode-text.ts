const nothing: Uint8Array = new Uint8Array();
const markLength = 2;

// Known as a value alone where neither Node nor a browser is assumed.
type Decoder = InstanceType<typeof TextDecoder>;

/**
 * Decodes text of vendors and spreadsheets piece by piece: as UTF-16 where it begins with the mark of that, as Excel's "Unicode text" does; else as UTF-8, and from
 * the first byte that is none as Windows-1252, of which Latin-1 is a part. What came before was the same in both. What the sender says of its charset is not
 * asked: it is wrong as often as it is missing.
 */
export class TextReader {
  #decoder: Decoder | undefined;
  #held = nothing;
  #hasBegun = false;

  push(bytes: Uint8Array): string {
    const chunk = this.#held.length === 0 ? bytes : joined(this.#held, bytes);
    this.#held = nothing;
    this.#decoder ??= chunk.length < markLength ? undefined : decoderOf(chunk);
    if (!this.#decoder) {
      this.#held = chunk.slice();
      return '';
    }
    if (!this.#decoder.fatal) return this.#decoder.decode(chunk, { stream: true });
    try {
      // A character may be cut by the end of a chunk: its bytes are held here, where either decoder sees it whole, and not in the one for UTF-8.
      const whole = wholeCharacters(chunk);
      const text = this.#decoder.decode(chunk.subarray(0, whole));
      this.#held = chunk.slice(whole);
      return this.#withoutMark(text);
    } catch {
      const before = beforeFault(chunk);
      const end = new TextEncoder().encode(before).length;
      this.#decoder = new TextDecoder('windows-1252');
      return (
        this.#withoutMark(before) + this.#decoder.decode(chunk.subarray(end), { stream: true })
      );
    }
  }

  #withoutMark(text: string): string {
    if (this.#hasBegun || text === '') return text;
    this.#hasBegun = true;
    return text.startsWith('\ufeff') ? text.slice(1) : text;
  }

  finish(): string {
    return this.#decoder && !this.#decoder.fatal
      ? this.#decoder.decode()
      : new TextDecoder('windows-1252').decode(this.#held);
  }
}

/** By the byte order mark. That of UTF-16 is left out by the decoder. */
function decoderOf([first, second]: Uint8Array): Decoder {
  if (first === 0xff && second === 0xfe) return new TextDecoder('utf-16le');
  if (first === 0xfe && second === 0xff) return new TextDecoder('utf-16be');
  return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
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

const lenient = new TextDecoder('utf-8', { ignoreBOM: true });
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

/** What can be read of bytes that are not all UTF-8, or the end of a chunk would say from where on it is none. */
const beforeFault = (bytes: Uint8Array): string => lenient.decode(bytes).replace(/\ufffd[^]*/, '');

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
