import { describe, expect, it } from 'vitest';
import { DelimitedReader, readDelimited } from '../../src/template/replies/delimited.ts';

const settings = { as: 'delimited', delimiter: ';', quote: '"', header: true } as const;

/** As it comes from a network at its worst: one character at a time. */
function readSlowly(text: string) {
  const reader = new DelimitedReader(settings);
  return text
    .split('')
    .flatMap((character) => reader.push(character))
    .concat(reader.finish());
}

describe('delimited text', () => {
  it.each([
    ['\r\n above \n', 'id;s\r\n"1";a\n2;"b;c"\n'],
    ['\n above \r\n', 'id;s\n"1";a\r\n2;"b;c"\r\n'],
    ['\r alone', 'id;s\r"1";a\r2;"b;c"\r'],
    ['all kinds, and none at the end', '"id";s\r"1";a\r\n2;"b;c"'],
  ])('keeps every row if its line ends are of several kinds: %s', (_what, text) => {
    const rows = [
      { id: '1', s: 'a' },
      { id: '2', s: 'b;c' },
    ];
    expect(readDelimited(text, settings)).toEqual(rows);
    expect(readSlowly(text)).toEqual(rows);
  });

  it.each([
    ['without quotes', 'id;s\n1;a\n  \n2;b\n \n'],
    ['with quotes', 'id;s\n"1";a\n  \n2;b\n \n'],
  ])('has no row for a line of blanks: %s', (_what, text) => {
    const rows = [
      { id: '1', s: 'a' },
      { id: '2', s: 'b' },
    ];
    expect(readDelimited(text, settings)).toEqual(rows);
    expect(readSlowly(text)).toEqual(rows);
  });

  it('with 300,000 lines that end with "\\r" is read completely', () => {
    expect(readDelimited(`id;s\r${'1;a\r'.repeat(300_000)}`, settings)).toHaveLength(300_000);
  });

  it('keeps "\\r\\n" together if the end of a chunk splits it', () => {
    const reader = new DelimitedReader(settings);
    const rows = ['id;s\r', '\n1;"a\r', '\nb"\r', '\n\r', '\n2;c'].flatMap((chunk) =>
      reader.push(chunk),
    );
    expect([...rows, ...reader.finish()]).toEqual([
      { id: '1', s: 'a\r\nb' },
      { id: '2', s: 'c' },
    ]);
  });

  it('can have columns of any name, such as "__proto__" or "1"', () => {
    const [row] = readDelimited('__proto__;constructor;1;id\na;b;c;d\n', settings);
    expect(Object.entries(row ?? {})).toEqual([
      ['1', 'c'],
      ['__proto__', 'a'],
      ['constructor', 'b'],
      ['id', 'd'],
    ]);
    const [other] = readDelimited('id\nd\n', settings);
    expect(Object.hasOwn(other ?? {}, '__proto__')).toBe(false);
  });
});
