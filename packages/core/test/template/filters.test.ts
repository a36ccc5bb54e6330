import { describe, expect, it } from 'vitest';
import { filters } from '../../src/template/language/filters.ts';
import { evaluate } from '../support/evaluate.ts';

const values = {
  now: new Date('2026-11-24T12:00:00.250Z'),
  parameters: { given: 'yes', none: '', length: '99999999999', zone: 'Nowhere/Land' },
};

const cases: Readonly<Record<string, readonly (readonly [source: string, value: unknown])[]>> = {
  digits: [
    ['"(41) 9.9999-8888" | digits', '41999998888'],
    ['null | digits', ''],
    ['41 | digits', '41'],
  ],
  upper: [['"ação" | upper', 'AÇÃO']],
  lower: [['"AÇÃO" | lower', 'ação']],
  trim: [['" \t x y\n" | trim', 'x y']],
  default: [
    ['"" | default: "x"', 'x'],
    ['null | default: 7', 7],
    ['[] | default: "x"', 'x'],
    ['0 | default: "x"', 0],
    ['false | default: "x"', false],
    ['parameters.gone | default: "x"', 'x'],
    ['parameters.gone | default: parameters.given', 'yes'],
    ['parameters.gone | default: parameters.gone | default: "x"', 'x'],
    ['parameters.none | default: "x"', 'x'],
  ],
  truncate: [
    ['"abcdef" | truncate: 3', 'abc'],
    ['"ab" | truncate: 3', 'ab'],
    ['"\u{1F600}\u{1F601}" | truncate: 1', '\u{1F600}'],
    ['"abc" | truncate: 0', ''],
    ['"abc" | truncate: reply.none', ''],
  ],
  replace: [
    ['"a.b.c" | replace: ".", "-"', 'a-b-c'],
    ['"abc" | replace: "b", "$&"', 'a$&c'],
    ['"abc" | replace: "", "-"', 'abc'],
  ],
  padStart: [
    ['7 | padStart: 3, "0"', '007'],
    ['"1234" | padStart: 3, "0"', '1234'],
  ],
  urlEncode: [['"a b/ç" | urlEncode', 'a%20b%2F%C3%A7']],
  base64: [
    ['"usuário:senha" | base64', 'dXN1w6FyaW86c2VuaGE='],
    ['null | base64', ''],
  ],
  json: [
    ['[1, "a\\"b"] | json', '[1,"a\\"b"]'],
    ['reply.none | json', 'null'],
  ],
  number: [
    ['"007" | number', 7],
    ['"12345678901234567890" | number', '12345678901234567890'],
    ['"-9007199254740993" | number', '-9007199254740993'],
    ['"1732999999.10" | number', '1732999999.10'],
    ['"1732999999.1" | number', 1732999999.1],
    ['"1234567.25" | number', 1234567.25],
    ['"1234567.50" | number', 1234567.5],
    ['" 1.5 " | number', 1.5],
    ['"" | number', null],
    ['" " | number', null],
    ['"12x" | number', null],
    ['"1e999" | number', null],
    ['"Infinity" | number', null],
  ],
  date: [
    ['now | date: "iso"', '2026-11-24T12:00:00.250Z'],
    ['now | date: "epoch"', '1795521600'],
    ['now | date: "epochMs"', '1795521600250'],
    ['now | date: "dd/MM/yyyy HH:mm:ssXXX"', '24/11/2026 09:00:00-03:00'],
    ['now | date: "HH:mm XXX", "America/Manaus"', '08:00 -04:00'],
    ['now | date: "XXX", "UTC"', '+00:00'],
    ['"2026-11-24" | date: "dd/MM/yyyy"', '24/11/2026'],
    ['"2026-11-24" | date: "dd-MM-yy"', '24-11-26'],
    ['"2026-11-24 09:00:00" | date: "iso"', '2026-11-24T12:00:00.000Z'],
    ['"2026-11-24T09:00:00-0500" | date: "HH:mm"', '11:00'],
    ['1795521600250 | date: "yyyy"', '2026'],
    ['"10/11/2026" | date: "iso"', ''],
    ['"2026-02-30" | date: "iso"', ''],
    ['null | date: "iso"', ''],
    ['now | date: "HH", parameters.zone', ''],
  ],
  phone: [
    ['"4133330000" | phone: "e164"', '+554133330000'],
    ['"+55 41 99999-8888" | phone: "national"', '41999998888'],
    ['"41999998888" | phone: "withZero"', '041999998888'],
    ['"41999998888" | phone: "areaCode"', '41'],
    ['"41999998888" | phone: "number"', '999998888'],
    ['"41999998888" | phone: "national", "withoutNinthDigit"', '4199998888'],
    ['"fila-7" | phone: "e164"', 'fila-7'],
    ['"1001" | phone: "e164"', '1001'],
  ],
  first: [['[1, 2] | first', 1]],
  last: [['[1, 2] | last', 2]],
  skip: [
    ['[1, 2, 3] | skip: 1', [2, 3]],
    ['"" | skip: 1', []],
    ['[1, 2, 3] | skip: "2"', [3]],
    ['[1, 2, 3] | skip: parameters.none', []],
    ['[1, 2, 3] | skip: null', []],
    ['[1, 2, 3] | skip: -1', []],
  ],
  nearest: [
    [
      '\'[{"at":"2026-11-24 08:00:00","n":1},{"at":"2026-11-24 09:00:05","n":2},{"n":3}]\' | parseJson | nearest: "at", "2026-11-24 09:00:00" | at: "n"',
      2,
    ],
    ['\'[{"at":"x"}]\' | parseJson | nearest: "at", "2026-11-24 09:00:00"', undefined],
    ['\'[{"at":"2026-11-24"}]\' | parseJson | nearest: "at", "never"', undefined],
  ],
  required: [['"77" | required: "the agent"', '77']],
  size: [
    ['[1, 2] | size', 2],
    ['"ção" | size', 3],
  ],
  at: [['\'{"a":[{"b":7}]}\' | parseJson | at: "a.0.b"', 7]],
  map: [
    ['\'[{"n":1},{"n":2}]\' | parseJson | map: "n"', [1, 2]],
    ['\'[["x","7"]]\' | parseJson | map: ["name", "id"]', [{ name: 'x', id: '7' }]],
  ],
  where: [
    ['\'[{"t":"A"},{"t":"B"}]\' | parseJson | where: "t", "B"', [{ t: 'B' }]],
    ['\'[{"u":"A"},{"t":""},{"t":null}]\' | parseJson | where: "t", ""', [{ t: '' }]],
    ['\'[{"u":"A"},{"t":null}]\' | parseJson | where: "t", null', []],
  ],
  merge: [
    [
      '\'[{"x":1},{"id":null}]\' | parseJson | merge: (\'[{"s":"ok"}]\' | parseJson), "id", "id"',
      [{ x: 1 }, { id: null }],
    ],
    [
      '\'[{"id":1}]\' | parseJson | merge: (\'[{"call":1,"s":"ok"}]\' | parseJson), "id", "call"',
      [{ id: 1, call: 1, s: 'ok' }],
    ],
  ],
  unwind: [
    [
      '\'[{"id":1,"c":[{"n":2},{"n":3}]},{"id":4,"c":null},{"id":5,"c":"x"}]\' | parseJson | unwind: "c"',
      [
        { id: 1, c: { n: 2 } },
        { id: 1, c: { n: 3 } },
        { id: 5, c: 'x' },
      ],
    ],
    ['"" | unwind: "c"', []],
  ],
  entries: [
    [
      '\'{"b":1,"a":{"n":2}}\' | parseJson | entries',
      [
        { name: 'b', value: 1 },
        { name: 'a', value: { n: 2 } },
      ],
    ],
    ['"[]" | parseJson | entries', []],
    ['"text" | entries', undefined],
  ],
  join: [['["a", "", "b"] | join: "!"', 'a!b']],
  sortedPairs: [
    ['reply | sortedPairs: "=", "&"', ''],
    ['"text" | sortedPairs: "=", "&"', ''],
  ],
  split: [['"a|b" | split: "|"', ['a', 'b']]],
  match: [
    ['"ID=77;" | match: "ID=([0-9]+)"', '77'],
    ['"none" | match: "ID=([0-9]+)"', undefined],
  ],
  choose: [
    ['"1001" | choose: "^[0-9]{4}$", "ramal", "^[0-9]{10,11}$", "externo", "fila"', 'ramal'],
    ['"vendas" | choose: "^[0-9]{4}$", "ramal", "^[0-9]{10,11}$", "externo", "fila"', 'fila'],
  ],
  stripPrefix: [['"CRM-7001" | stripPrefix: "CRM-"', '7001']],
  stripSuffix: [
    ['"7001@crm" | stripSuffix: "@crm"', '7001'],
    ['"7001" | stripSuffix: ""', '7001'],
  ],
  mask: [
    ['"41999998888" | mask: "(##) #####-####"', '(41) 99999-8888'],
    ['"52998224725" | mask: "###.###.###-##"', '529.982.247-25'],
    ['"1234" | mask: "##-"', '12-34'],
    ['"" | mask: "(##)"', ''],
  ],
  csv: [
    ['\'Silva; "Nena"\' | csv', '"Silva; ""Nena"""'],
    ['"Maria" | csv', 'Maria'],
  ],
  ascii: [['"São João" | ascii', 'Sao Joao']],
  parseJson: [
    ['\'{"a":1}\' | parseJson', { a: 1 }],
    ['"none" | parseJson', undefined],
  ],
  parseDate: [
    [
      '"24/11/2026 09:00:00" | parseDate: "yyyy-MM-dd", "dd/MM/yyyy HH:mm:ss"',
      new Date('2026-11-24T12:00:00Z'),
    ],
    [
      '"202611240900" | parseDate: "yyyyMMddHHmm", "America/Manaus"',
      new Date('2026-11-24T13:00:00Z'),
    ],
    [
      '"24/11/26 09h00m07s" | parseDate: "dd/MM/yy HHhmmmsss", "UTC"',
      new Date('2026-11-24T09:00:07Z'),
    ],
    [
      '"24/11/2026 09:00" | parseDate: "iso", "dd/MM/yyyy HH:mm", "-05:00"',
      new Date('2026-11-24T14:00:00Z'),
    ],
    [
      '"24 de 11 de 2026 às 09:00" | parseDate: "dd de MM de yyyy às HH:mm"',
      new Date('2026-11-24T12:00:00Z'),
    ],
    [
      '"Tue, 24 Nov 2026 12:00:00 +0000" | parseDate: "EEE, dd MMM yyyy HH:mm:ss +0000", "UTC"',
      new Date('2026-11-24T12:00:00Z'),
    ],
    ['"01-FEV-26 09:00" | parseDate: "dd-MMM-yy HH:mm", "UTC"', new Date('2026-02-01T09:00:00Z')],
    [
      '"sáb, 1 ago. 2026" | parseDate: "EEE, dd MMM. yyyy", "UTC"',
      new Date('2026-08-01T00:00:00Z'),
    ],
    ['"24 Foo 2026" | parseDate: "dd MMM yyyy"', undefined],
    ['"31 Feb 2026" | parseDate: "dd MMM yyyy"', undefined],
    ['"1795521600" | parseDate: "epoch"', new Date('2026-11-24T12:00:00Z')],
    ['"none" | parseDate: "epoch"', undefined],
  ],
  seconds: [
    ['"01:02:03" | seconds', 3723],
    ['"00:01:05.500000" | seconds', 65.5],
    ['"1:05,25" | seconds', 65.25],
    ['"01:02:03." | seconds', null],
    ['"01.5:02:03" | seconds', null],
    ['"1500" | seconds: "ms"', 1.5],
    ['"x" | seconds', null],
  ],
  xml: [['"a<b>&" | xml', 'a&#60;b&#62;&#38;']],
  md5: [['"a" | md5', '0cc175b9c0f1b6a831c399e269772661']],
  sha256: [['"a" | sha256', 'ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb']],
  hmac: [
    [
      '"what do ya want for nothing?" | hmac: "Jefe"',
      '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
    ],
    [
      '"what do ya want for nothing?" | hmac: "Jefe", "sha1"',
      'effcdf6ae5eb2fa2d27416d5f184df9c259a7c79',
    ],
    [
      '"what do ya want for nothing?" | hmac: "Jefe", "sha512"',
      '164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737',
    ],
    [
      '"what do ya want for nothing?" | hmac: "Jefe", "sha1", "base64"',
      '7/zfauXrL6LSdBbV8YTfnCWafHk=',
    ],
    [
      '"what do ya want for nothing?" | hmac: "SmVmZQ==", "sha1", "hex", "base64"',
      'effcdf6ae5eb2fa2d27416d5f184df9c259a7c79',
    ],
  ],
};

describe('filters', () => {
  it('all have cases in this file', () => {
    expect(Object.keys(cases).toSorted()).toEqual(Object.keys(filters).toSorted());
  });

  it.each(Object.values(cases).flat())('%s', (source, value) => {
    expect(evaluate(source, undefined, values)).toEqual(value);
  });

  it('sortedPairs joins the names and values of an object, sorted by name', () => {
    const reply = { b: 'x', To: '+5541', From: 'a b', n: 7, none: null };
    expect(evaluate('reply | sortedPairs: "", ""', reply)).toBe('Froma bTo+5541bxn7none');
    expect(evaluate('reply | sortedPairs: "=", "&"', reply)).toBe(
      'From=a b&To=+5541&b=x&n=7&none=',
    );
  });

  it.each(['""', 'reply.none', '"no Base64!", "sha1", "hex", "base64"'])(
    'make no HMAC with the key %s, which anybody could use',
    (key) => {
      expect(() => evaluate(`"a" | hmac: ${key}`, {})).toThrow('The key of an HMAC is empty');
    },
  );

  it('padStart makes no more than 10,000 characters, whatever length the caller asks for', () => {
    expect(evaluate('"7" | padStart: parameters.length, "0"', undefined, values)).toHaveLength(
      10_000,
    );
  });

  it('take a value of 12 million characters, such as a recording in Base64', () => {
    const audio = `data:${'QUJD'.repeat(3_000_000)}`;
    expect(evaluate('reply | replace: "data:", "" | trim | size', audio)).toBe(12_000_000);
  });

  it.each([
    ['number | digitos', 'unknown filter "digitos"; did you mean "digits"?'],
    ['number | digits: 1', 'filter "digits" takes 0 values after ":", not 1'],
    ['number | default', 'filter "default" takes 1 value after ":", not 0'],
    ['number | date', 'filter "date" takes 1 to 2 values after ":", not 0'],
    ['number | truncate: -1', '"truncate" needs a whole number from 0 to 10000'],
    ['number | truncate: "3"', '"truncate" needs a whole number from 0 to 10000'],
    ['number | padStart: 99999, parameters.c', '"padStart" needs a whole number from 0 to 10000'],
    [
      'now | date: "YYYY-MM-DD"',
      '"date": the format "YYYY-MM-DD" has "YYYY"; known: yyyy, yy, MM (months), dd',
    ],
    ['now | date: "hh:mm"', 'has "hh"; known: yyyy, yy, MM (months), dd, HH (of 24 hours)'],
    ['now | date: "dd/mm/yyyy"', 'has minutes without an hour; known: yyyy, yy, MM (months)'],
    ['now | date: "dd mmm yyyy"', 'has minutes without an hour'],
    ['now | date: "day"', 'has no part of a date or time'],
    ['"x" | parseDate: "dd/mm/yyyy"', 'has a day without a month; known:'],
    ['"x" | parseDate: "dd/MM/yyyy dd"', 'has "dd" twice; known:'],
    ['"x" | parseDate: "d/M/yyyy"', 'has "d"'],
    ['"x" | parseDate: "dd/MM/yyyy mm:ss"', 'has minutes without an hour'],
    ['"x" | parseDate: "HH:mm"', 'has no year'],
    ['"x" | parseDate: "EEE, dd MMMM yyyy"', 'has "MMMM"'],
    ['"x" | parseDate: "dddd, dd/MM/yyyy"', 'has "dddd"'],
    ['"x" | parseDate: "MM MMM yyyy"', 'has MM and MMM'],
    ['now | date: "dd MMM yyyy"', 'has "MMM"'],
    ['now | date: "EEE, dd/MM/yyyy"', 'has "EEE"'],
    ['now | date: "dd/MM/yyyy HHH"', 'has "HHH"'],
    ['"x" | parseDate: "yyyy-MM-dd HH:mm:ss.SSS"', 'has "SSS"'],
    ['"x" | parseDate: "yyyy-MM-dd HH:mm:ss XXX"', 'has "XXX"'],
    [
      '"x" | parseDate: "dd/MM/yyyy", "Brasilia"',
      'the format "Brasilia" has no part of a date or time; known:',
    ],
    ['now | date: "HH", "Nowhere/Land"', '"date" needs a time zone such as "America/Sao_Paulo"'],
    [
      'number | phone: "number", "noNinthDigit"',
      '"phone" takes no second argument other than "withoutNinthDigit"',
    ],
    ['number | seconds: "millis"', '"seconds" needs "ms", or no value'],
    ['number | hmac: "key", "md5"', '"hmac" needs one of "sha1", "sha256", "sha512"'],
    ['number | hmac: "key", number', '"hmac" needs one of "sha1", "sha256", "sha512"'],
    ['number | hmac: "key", "sha1", "ascii"', '"hmac" needs one of "hex", "base64" as its third'],
    ['number | hmac: "key", "sha1", "hex", "hex"', 'one of "text", "base64" as its fourth value'],
    ['number | phone: "local"', '"phone" needs one of "e164", "national"'],
  ])('%s is refused when the document is saved', (source, message) => {
    expect(() => evaluate(source)).toThrow(message);
  });

  it.each([
    'parameters.gone | upper',
    '"a" | replace: "a", parameters.gone',
    'parameters.gone | upper | default: "x"',
  ])('%s asks for a missing parameter before sending, but not afterwards', (source) => {
    expect(() => evaluate(source, undefined, values)).toThrow(
      'The value of {{ parameters.gone }} was not sent.',
    );
    expect(() => evaluate(source, {}, values)).not.toThrow();
  });
});
