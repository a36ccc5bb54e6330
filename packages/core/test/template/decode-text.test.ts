import { describe, expect, it } from 'vitest';
import { decodeText, decodeWhole } from '../../src/template/replies/decode-text.ts';

const text = 'ID;Nome\r\n7001;Ana Conceição 😀\r\n';
const little = Buffer.from(`\ufeff${text}`, 'utf16le');
const encodings = [
  ['UTF-8', Buffer.from(text), text],
  ['UTF-8 with its mark', Buffer.from(`\ufeff${text}`), text],
  ['UTF-16 with its mark', little, text],
  ['UTF-16 the other way round', Buffer.from(little).swap16(), text],
  ['Windows-1252', Buffer.from('Conceição', 'latin1'), 'Conceição'],
  [
    'UTF-8, and behind it Windows-1252',
    Buffer.concat([Buffer.from('João 😀;'), Buffer.from('Conceição', 'latin1')]),
    'João 😀;Conceição',
  ],
  [
    'UTF-8 with a name that was cut off in a character',
    Buffer.concat([Buffer.from('João;'), Buffer.from('José').subarray(0, 4), Buffer.from(';Não')]),
    'João;JosÃ;Não',
  ],
  ['one byte', Buffer.from('7'), '7'],
  ['nothing', Buffer.from(''), ''],
] as const;

/** As it comes from a network at its worst. */
async function* inChunks(bytes: Uint8Array, length: number): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < bytes.length; start += length)
    yield bytes.subarray(start, start + length);
}

describe('text of any encoding', () => {
  it.each(encodings)(
    'is decoded the same as a whole and in chunks of any length: %s',
    async (_name, bytes, read) => {
      for (const length of [1, 2, 3, 5, 1000]) {
        let chunks = '';
        for await (const chunk of decodeText(inChunks(bytes, length))) chunks += chunk;
        expect({ length, chunks }).toEqual({ length, chunks: read });
      }
      expect(decodeWhole(bytes)).toBe(read);
    },
  );
});
