import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { JsonListReader } from '../../src/template/replies/json-list.ts';
import { parseLosslessJson } from '../../src/template/replies/lossless-json.ts';

function read(chunks: readonly string[], path: readonly string[]) {
  const reader = new JsonListReader(path);
  const rows = chunks.flatMap((chunk) => reader.push(chunk));
  return { rows: [...rows, ...reader.finish()], around: reader.around, hasFound: reader.hasFound };
}

/** As it comes from a network at its worst: one character at a time. */
const slowly = (text: string, path: readonly string[]) => read(text.split(''), path);

describe('the list of a JSON report', () => {
  it.each([
    ['the whole answer', '[1,"a",{"b":[2]}]', [], [1, 'a', { b: [2] }], '[]'],
    ['the whole answer, without rows', ' [ ] ', [], [], ' [] '],
    [
      'in a member',
      '{"ok":true,"data":[{"n":1} , {"n":2}],"total":2}',
      ['data'],
      [{ n: 1 }, { n: 2 }],
      '{"ok":true,"data":[],"total":2}',
    ],
    [
      'in a member of a member',
      '{"data":[9],"r":{"x":{"data":[8]},"data":[7]}}',
      ['r', 'data'],
      [7],
      '{"data":[9],"r":{"x":{"data":[8]},"data":[]}}',
    ],
    [
      'after a value that equals its name',
      '{"a":"data","b":["data",[1]],"data":[2]}',
      ['data'],
      [2],
      '{"a":"data","b":["data",[1]],"data":[]}',
    ],
    [
      'after a list of objects that have a list of the same name',
      '{"a":[{"data":[1]}],"data":[2]}',
      ['data'],
      [2],
      '{"a":[{"data":[1]}],"data":[]}',
    ],
    [
      'in a member of the same name',
      '{"data":{"data":[1]}}',
      ['data', 'data'],
      [1],
      '{"data":{"data":[]}}',
    ],
    [
      'in a member whose name is written with escapes',
      '{"da\\u0074a":["\\"]\\\\"]}',
      ['data'],
      ['"]\\'],
      '{"da\\u0074a":[]}',
    ],
    ['with ids beyond 2^53', '[98765432109876543210]', [], ['98765432109876543210'], '[]'],
  ])('is read, and the text around it kept: %s', (_what, text, path, rows, around) => {
    const found = { rows, around: around.trim(), hasFound: true };
    for (const { around: kept, ...rest } of [read([text], path), slowly(text, path)])
      expect({ ...rest, around: kept.trim() }).toEqual(found);
  });

  it.each([
    ['an object in its place', '{"data":{"data":[1]}}', ['data']],
    ['null in its place', '{"data":null,"other":[1]}', ['data']],
    ['a list around it', '[{"data":[1]}]', ['data']],
    ['an object around it', '{"data":[1]}', []],
    ['a list of its name inside another member', '{"x":{"data":[1]}}', ['data']],
    ['a list of its name in the wrong member', '{"r":{},"x":{"data":[1]}}', ['r', 'data']],
    ['a page instead of JSON', '<html>"data":[1]</html>', ['data']],
  ])('is not found with %s, and the text is kept', (_what, text, path) => {
    for (const found of [read([text], path), slowly(text, path)])
      expect(found).toEqual({ rows: [], around: text, hasFound: false });
  });

  it('is read the same in any chunks as in the whole report', () => {
    const value = fc.jsonValue({ maxDepth: 3 });
    const text = fc
      .record({ data: fc.array(value, { maxLength: 6 }), a: value, z: value })
      .chain((report) =>
        fc.constantFrom(
          JSON.stringify(report),
          JSON.stringify({ z: report.z, a: report.a, data: report.data }, null, 2),
        ),
      );
    fc.assert(
      fc.property(text, fc.array(fc.nat(200), { maxLength: 8 }), (json, cuts) => {
        const ends = [...cuts, json.length].toSorted((left, right) => left - right);
        const chunks = ends.map((end, index) => json.slice(ends[index - 1] ?? 0, end));
        const { rows, around } = read(chunks, ['data']);
        const whole: unknown = parseLosslessJson(json);
        expect(Object.assign({}, parseLosslessJson(around), { data: rows })).toEqual(whole);
      }),
    );
  });

  it('is refused exactly if the whole report is refused, wherever a character is wrong', () => {
    const reads = (run: () => unknown): boolean => {
      try {
        run();
        return true;
      } catch {
        return false;
      }
    };
    const report = fc.record({ data: fc.array(fc.jsonValue({ maxDepth: 2 })), z: fc.string() });
    const sign = fc.constantFrom('', ',', ':', '[', ']', '{', '}', '"', '\\', '1', ' ');
    fc.assert(
      fc.property(report, sign, fc.boolean(), fc.nat(), (value, wrong, instead, place) => {
        const text = JSON.stringify(value);
        const at = place % text.length;
        const json = text.slice(0, at) + wrong + text.slice(at + (instead ? 1 : 0));
        const isRead = reads(() => parseLosslessJson(slowly(json, ['data']).around));
        expect(isRead).toBe(reads(() => parseLosslessJson(json)));
      }),
      { numRuns: 1000 },
    );
  });

  it.each([
    ['[{"n":1},{"n":2', 'it ends too early, after row 1'],
    ['[{"n":1},', 'it ends too early, after row 1'],
    ['[', 'it ends too early'],
    ['[{"n":1},]', 'it is not valid JSON, after row 1'],
    ['[,{"n":1}]', 'it is not valid JSON'],
    ['[{"n":1},,{"n":2}]', 'it is not valid JSON, after row 1'],
    ['[{"n":1} {"n":"Maria da Silva"}]', 'it is not valid JSON'],
  ])('fails on %s with an error that contains no value', (text, message) => {
    expect(() => slowly(text, [])).toThrow(expect.objectContaining({ message }));
  });

  it('fails if a value, a name or the text around its rows exceeds its limit', () => {
    const endless = 'x'.repeat(1_000_001);
    const limits = [
      [[`[1,"${endless}`], [], 'something has no end within 1000000 characters, after row 1'],
      [[`{"${endless}`], ['data'], 'something has no end within 1000000 characters'],
      [
        Array.from({ length: 70 }, () => ' '.repeat(1_000_000)),
        [],
        'there are more than 67108864 characters beside its rows',
      ],
    ] as const;
    for (const [chunks, path, message] of limits)
      expect(() => read(chunks, path)).toThrow(expect.objectContaining({ message }));
  });
});
