import type { Charset } from './exchange-settings.ts';

/** What Windows-1252 has where Latin-1 has control characters. */
const windows: ReadonlyMap<string, number> = new Map(
  Array.from(
    '\u20ac\u0000\u201a\u0192\u201e\u2026\u2020\u2021\u02c6\u2030\u0160\u2039\u0152\u0000\u017d\u0000\u0000\u2018\u2019\u201c\u201d\u2022\u2013\u2014\u02dc\u2122\u0161\u203a\u0153\u0000\u017e\u0178',
  ).map((character, index) => [character, 0x80 + index]),
);

const question = 0x3f;

/**
 * Text as bytes in the charset of a vendor. A character that a one-byte charset lacks loses its accents, or becomes "?": a slightly misspelled
 * name is better than a contact that is not called.
 */
export function encodeText(
  text: string,
  charset: Charset,
  isStart = true,
): Uint8Array<ArrayBuffer> {
  if (charset === 'utf-8') return new TextEncoder().encode(text);
  if (charset === 'utf-8-bom') return new TextEncoder().encode(isStart ? `\ufeff${text}` : text);
  // A letter and its accent may be two code points; the charset only has the combined character.
  // The Greek question mark becomes a ";", which would end its cell.
  const composed = text.replaceAll('\u037e', '?').normalize('NFC');
  const bytes = new Uint8Array(composed.length);
  let length = 0;
  for (const character of composed) {
    bytes[length] = byteOf(character, charset);
    length += 1;
  }
  return bytes.slice(0, length);
}

function byteOf(character: string, charset: Charset): number {
  const point = character.codePointAt(0) ?? question;
  if (point < 0x80 || (point >= 0xa0 && point <= 0xff)) return point;
  const special = charset === 'windows-1252' ? windows.get(character) : undefined;
  if (special !== undefined) return special;
  const plain = character.normalize('NFD').charAt(0);
  return /^[A-Za-z]$/.test(plain) ? plain.charCodeAt(0) : question;
}
