import { assert as check, jsonValue, property } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { JsonTooDeep, parseLosslessJson } from '../../src/template/replies/lossless-json.ts';

describe('parseLosslessJson', () => {
  it.each([
    ['9007199254740991', 9007199254740991],
    ['9007199254740993', '9007199254740993'],
    ['-9007199254740993', '-9007199254740993'],
    ['[12345678901234567890,1]', ['12345678901234567890', 1]],
    [
      '{"a":98765432109876543210,"b":"98765432109876543210"}',
      { a: '98765432109876543210', b: '98765432109876543210' },
    ],
    [String.raw`{"\"a\\":123456789012345678}`, { '"a\\': '123456789012345678' }],
    ['{"uniqueid":1732999999.10}', { uniqueid: '1732999999.10' }],
    ['[1732999999.1,1732999999.123456,10.50]', [1732999999.1, 1732999999.123456, 10.5]],
    // Milliseconds since 1970, which are read as a number.
    ['[1732999999000.0,1732999999123.50]', [1732999999000, 1732999999123.5]],
    ['{"uniqueid":1732999999.100}', { uniqueid: '1732999999.100' }],
    ['{"phone":41999998888.0,"at":1732999999.0}', { phone: 41999998888, at: 1732999999 }],
    [
      '[41999998888.10,-1732999999.10,1732999999.10e1]',
      [41999998888.1, -1732999999.1, 17329999991],
    ],
    ['1.5e3', 1500],
    ['12345678.12345678', 12345678.12345678],
    ['-0.1', -0.1],
    ['\ufeff{"a":1}', { a: 1 }],
    [' [ ] ', []],
  ])('reads %s', (text, value) => {
    expect(parseLosslessJson(text)).toEqual(value);
  });

  it('reads other JSON as JSON.parse does', () => {
    check(
      property(
        jsonValue({ maxDepth: 5 }).filter((value) => !/\d{16}/.test(JSON.stringify(value))),
        (value) => {
          const text = JSON.stringify(value);
          expect(parseLosslessJson(text)).toEqual(JSON.parse(text));
        },
      ),
    );
  });

  it('takes 64 levels of nesting and refuses more, without a stack overflow', () => {
    const nested = (levels: number) => `${'['.repeat(levels)}${']'.repeat(levels)}`;
    expect(JSON.stringify(parseLosslessJson(nested(64)))).toBe(nested(64));
    expect(() => parseLosslessJson(nested(65))).toThrow(JsonTooDeep);
    expect(() => parseLosslessJson(nested(100_000))).toThrow(JsonTooDeep);
    expect(parseLosslessJson(`"${'['.repeat(1000)}"`)).toHaveLength(1000);
  });

  it.each(['', '{', '{"a":', '<html>', '[1,]', '"open', "{'a':1}", '01', 'NaN', '-'])(
    'refuses %j',
    (text) => {
      expect(() => parseLosslessJson(text)).toThrow(SyntaxError);
    },
  );

  it('keeps "__proto__" and "constructor" as ordinary keys', () => {
    const value = parseLosslessJson(
      '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}',
    );
    expect(Object.keys(Object(value))).toEqual(['__proto__', 'constructor']);
    expect({}).not.toHaveProperty('polluted');
  });
});
