const nothing: Uint8Array = new Uint8Array();
const markLength = 2;

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

// Where neither Node nor a browser is assumed, `TextDecoder` is declared as a value, but not as a type.
type Decoder = InstanceType<typeof TextDecoder>;

/**
 * Decodes text of vendors and spreadsheets chunk by chunk: as UTF-16 if it begins with that byte order mark, as Excel's "Unicode text" does; otherwise as UTF-8, and each
 * byte that is not valid UTF-8 as Windows-1252, a superset of Latin-1: adjacent Latin-1 letters hardly ever form valid UTF-8. A name truncated in the middle of a
 * character does not spoil the others. The charset announced by the sender is ignored: it is wrong as often as it is missing.
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
    if (this.#decoder !== strict) return this.#decoder.decode(chunk, { stream: true });
    // A character may be split across chunks.
    const whole = wholeCharacters(chunk);
    this.#held = chunk.slice(whole);
    return this.#withoutMark(decodeBytes(chunk.subarray(0, whole)));
  }

  #withoutMark(text: string): string {
    if (this.#hasBegun || text === '') return text;
    this.#hasBegun = true;
    return text.startsWith('\ufeff') ? text.slice(1) : text;
  }

  finish(): string {
    return this.#decoder && this.#decoder !== strict
      ? this.#decoder.decode()
      : this.#withoutMark(decodeBytes(this.#held));
  }
}

/** By the byte order mark. That of UTF-16 is left out by the decoder. */
function decoderOf([first, second]: Uint8Array): Decoder {
  if (first === 0xff && second === 0xfe) return new TextDecoder('utf-16le');
  if (first === 0xfe && second === 0xff) return new TextDecoder('utf-16be');
  return strict;
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
const windows = new TextDecoder('windows-1252');

export function decodeWhole(bytes: Uint8Array): string {
  const reader = new TextReader();
  return reader.push(bytes) + reader.finish();
}

function decodeBytes(bytes: Uint8Array): string {
  try {
    return strict.decode(bytes);
  } catch {
    return decodeMixed(bytes);
  }
}

/** Each byte of Windows-1252 beyond ASCII, in UTF-8. */
const inUtf8 = Array.from({ length: 128 }, (_, index) =>
  new TextEncoder().encode(windows.decode(Uint8Array.of(0x80 + index))),
);
const chunkBytes = 65_536;
const longestCharacter = 4;

/** Repaired byte by byte, and decoded as one: asking a decoder about each byte takes a hundred times as long. */
function decodeMixed(bytes: Uint8Array): string {
  const mended = new Uint8Array(Math.min(bytes.length * 3, chunkBytes) + longestCharacter);
  let text = '';
  let end = 0;
  for (let at = 0; at < bytes.length;) {
    const length = characterLength(bytes, at);
    const byte = bytes[at] ?? 0;
    if (length > 0) for (let next = 0; next < length; next += 1) mended[end++] = bytes[at++] ?? 0;
    else {
      for (const part of inUtf8[byte - 0x80] ?? []) mended[end++] = part;
      at += 1;
    }
    if (end < chunkBytes) continue;
    text += lenient.decode(mended.subarray(0, end));
    end = 0;
  }
  return text + lenient.decode(mended.subarray(0, end));
}

/** The length of a UTF-8 character; `0` if it is incomplete. */
function characterLength(bytes: Uint8Array, at: number): number {
  const length = lengthFromFirstByte(bytes[at] ?? 0);
  for (let next = 1; next < length; next += 1)
    if (((bytes[at + next] ?? 0) & 0xc0) !== 0x80) return 0;
  return length;
}

/** The length of the character that begins with this byte. */
function lengthFromFirstByte(first: number): number {
  if (first < 0x80) return 1;
  if (first < 0xc2 || first > 0xf4) return 0;
  return first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array {
  const both = new Uint8Array(first.length + second.length);
  both.set(first);
  both.set(second, first.length);
  return both;
}

/** The length without a UTF-8 character that continues in the next chunk. */
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
