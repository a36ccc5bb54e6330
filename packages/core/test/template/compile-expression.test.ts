import { describe, expect, it } from 'vitest';
import { ExpressionError } from '../../src/template/language/expression.ts';
import { isTrue } from '../../src/template/language/value.ts';
import { evaluate } from '../support/evaluate.ts';

describe('literals of an expression', () => {
  it.each([
    ['"text"', 'text'],
    ["'text'", 'text'],
    [String.raw`"a \"b\" \\ \n\t\r"`, 'a "b" \\ \n\t\r'],
    [String.raw`'it\'s'`, "it's"],
    [String.raw`"\d+\."`, String.raw`\d+\.`],
    ['""', ''],
    ['7', 7],
    ['-1.5', -1.5],
    ['12345678901234567890', '12345678901234567890'],
    ['true', true],
    ['false', false],
    ['null', null],
    ['[]', []],
    ['[1, "two", [3], null]', [1, 'two', [3], null]],
    ['("in parentheses")', 'in parentheses'],
    ['"{{ number }}"', '{{ number }}'],
  ])('evaluates %s', (source, value) => {
    expect(evaluate(source)).toEqual(value);
  });
});

describe('paths of an expression', () => {
  const reply = {
    calls: [{ id: 'first' }, { id: 'last' }],
    'call-id': 7,
    número: 'x',
    in: 'word',
    nested: [['a', 'b']],
    nothing: null,
  };

  it.each([
    ['reply.calls[0].id', 'first'],
    ['reply.calls[-1].id', 'last'],
    ['reply.calls.1.id', 'last'],
    ['reply.nested.0.1', 'b'],
    ['reply.call-id', 7],
    ['reply["número"]', 'x'],
    ['reply.in', 'word'],
    ['reply.calls.length', 2],
    ['reply.calls[2].id', undefined],
    ['reply.calls[-3]', undefined],
    ['reply.nothing.more', undefined],
    ['reply.call-id.more', undefined],
    ['header.X-STATE', 'idle'],
    ['header.x-other', undefined],
    ['status', 200],
  ])('evaluates %s', (source, value) => {
    expect(evaluate(source, reply)).toEqual(value);
  });

  it.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'constructor.name'])(
    'reply.%s is undefined, because only fields of the answer itself are read',
    (name) => {
      expect(evaluate(`reply.${name}`, reply)).toBeUndefined();
      expect(evaluate(`reply.calls.${name}`, reply)).toBeUndefined();
    },
  );

  it.each(['__proto__', 'constructor', 'toString'])('%s is no variable and no filter', (name) => {
    expect(() => evaluate(name)).toThrow(`unknown variable "${name}"`);
    expect(() => evaluate(`variables.${name}`)).toThrow(`unknown variable "variables.${name}"`);
    expect(() => evaluate(`number | ${name}`)).toThrow(`unknown filter "${name}"`);
  });
});

describe('conditions', () => {
  const reply = { ok: false, n: 10, s: '10', list: ['a', 1], t: 'Agent BUSY', big: '9'.repeat(20) };

  it.each([
    ['reply.ok == false', true],
    ['reply.n == "10"', true],
    ['reply.n == reply.s', true],
    ['reply.n != 11', true],
    ['reply.none == null', true],
    ['reply.none == ""', false],
    ['reply.none != "x"', true],
    ['reply.s < 9', false],
    ['reply.s <= 10', true],
    ['reply.s > 9', true],
    ['reply.n >= 10.5', false],
    ['reply.none < 1', false],
    ['reply.none >= 0', false],
    ['reply.t > 1', false],
    ['" " < 9', false],
    ['false < 9', false],
    ['[5] < 9', false],
    ['reply.n in [1, 10]', true],
    ['reply.n in []', false],
    ['reply.n in "10"', false],
    ['"1" in reply.list', true],
    ['reply.list contains "a"', true],
    ['reply.list contains "b"', false],
    ['reply.t contains "BUSY"', true],
    ['reply.none contains "x"', false],
    ['reply.t matches "(?i)busy$"', true],
    ['reply.t matches "^busy"', false],
    [String.raw`"NOTICE\r\nSUCCESS\r\n" matches '^SUCCESS$'`, true],
    [String.raw`"NOTICE\r\nSUCCESS\r\n" matches '\r\n$'`, true],
    [String.raw`reply.s matches '^\d+$'`, true],
    ['reply.none matches "."', false],
    ['reply.t | lower == "agent busy"', true],
    ['parameters.gone == "x"', false],
    ['parameters.gone > 1', false],
    ['parameters.gone contains "x"', false],
  ])('%s is %s', (source, value) => {
    expect(evaluate(source, reply)).toBe(value);
  });

  it.each([
    ['not false or true', true],
    ['not (false or true)', false],
    ['true or false and false', true],
    ['(true or false) and false', false],
    ['not not "x"', true],
    ['false or null or 0', true],
    ['not reply.none and not ""', true],
    ['[] or false', false],
    ['not parameters.gone', true],
  ])('%s is %s', (source, value) => {
    expect(evaluate(source)).toBe(value);
  });

  it.each(['null', 'false', '""', '[]', 'reply.none', 'parameters.gone'])(
    '%s counts as false',
    (source) => {
      expect(isTrue(evaluate(source))).toBe(false);
    },
  );

  it.each(['0', '"0"', '"false"', '[0]', 'true', 'reply'])('%s counts as true', (source) => {
    expect(isTrue(evaluate(source, {}))).toBe(true);
  });
});

describe('an expression with a mistake', () => {
  it.each([
    ['', 'the expression ends too early'],
    ['number |', 'expected the name of a filter after "|"'],
    ['number | truncate:', 'the expression ends too early'],
    ['number ==', 'the expression ends too early'],
    ['{{ number }}', 'unexpected "{"; an expression is asked for here, and written without {{ }}'],
    ['number = 1', 'unexpected "="; did you mean "=="?'],
    ['number && queue', 'unexpected "&"; did you mean "and"?'],
    ['!number', 'unexpected "!"; did you mean "not"?'],
    [
      '["a", number | digits]',
      'expected "]" before "|"; a value with a filter stands in parentheses',
    ],
    ['number | join: ["a", queue | upper], "b"', 'a value with a filter stands in parentheses'],
    [
      '"a" + number',
      'unexpected "+"; there is no arithmetic, and texts are put together by [a, b] | join',
    ],
    ['queue - 1', 'unexpected "-"; there is no arithmetic'],
    ['queue * 2', 'unexpected "*"; there is no arithmetic'],
    ['number || queue', 'expected the name of a filter after "|"; between conditions, write "or"'],
    ['number number', 'unexpected "number"; a name with blanks or accents is written in quotes'],
    ['reply.', 'expected a name after "."'],
    ['reply[x]', 'expected a number or a quoted name in "[ ]"'],
    ['reply[0', 'expected "]" at the end'],
    ['(number', 'expected ")" at the end'],
    ['[1 2]', 'expected "]" before "2"'],
    ['"open', 'has no closing quote'],
    ['and', 'unexpected "and"'],
    ['número', 'unexpected "ú"; a name with blanks or accents is written in quotes'],
    ['reply.a() ', 'unexpected "("'],
    ['number; queue', 'unexpected ";"'],
    ['text matches number', '"matches" needs a regular expression in quotes after it'],
    ['text matches "("', 'the regular expression cannot be read'],
    [`text matches "${'a'.repeat(501)}"`, 'a regular expression has at most 500 characters'],
    ['number.more', '"number" has no parts; write {{ number }}'],
    ['operators.login', '"operators" is a list; write {{ operators[0].login }}'],
    ['parameters', '"parameters" needs a name after it'],
    ['header["two words"]', '"two words" is not a header name'],
    ['tenant.name', 'unknown variable "tenant.name"; known: id, timeZone'],
    [`${'('.repeat(60)}1${')'.repeat(60)}`, 'nested deeper than 50 levels'],
    [`"${'a'.repeat(2000)}"`, 'has more than 2000 characters'],
  ])('is refused with an error that names the mistake: %s', (source, message) => {
    expect(() => evaluate(source)).toThrow(ExpressionError);
    expect(() => evaluate(source)).toThrow(message);
  });
});

it('a pattern with nested repetition takes less than 3 seconds of CPU time', () => {
  const begun = process.threadCpuUsage();
  expect(evaluate('reply matches "(a+)+$"', `${'a'.repeat(50_000)}!`)).toBe(false);
  expect(process.threadCpuUsage(begun).user).toBeLessThan(3_000_000);
});
