import { describe, expect, it } from 'vitest';
import { splitTemplate } from '../../src/template/language/split-template.ts';

const pieces = (source: string) =>
  splitTemplate(source).map((part) => (part.kind === 'text' ? part.written : [part.expression]));

describe('splitTemplate', () => {
  it.each([
    ['', []],
    ['text', ['text']],
    ['{{ a }}', [['a']]],
    ['{{a}}{{ b }}', [['a'], ['b']]],
    ['x{{ a }}y{{ b }}z', ['x', ['a'], 'y', ['b'], 'z']],
    ['{{ "}}" }}', [['"}}"']]],
    ["{{ '{{' }} d'água {{ b }}", [["'{{'"], " d'água ", ['b']]],
    [String.raw`{{ "\"}}" }}`, [[String.raw`"\"}}"`]]],
    ['{{ a }}}', [['a'], '}']],
    ['{ {a} }} {', ['{ {a} }} {']],
    ['{{\n a\n}}', [['a']]],
  ])('splits %j', (source, parts) => {
    expect(pieces(source)).toEqual(parts);
  });

  it.each(['{{', 'x {{ a } y', '{{ "a }}', '{{ a }} {{ b'])('refuses the unclosed %j', (source) => {
    expect(() => splitTemplate(source)).toThrow('"{{" has no "}}" after it');
  });

  it.each([
    ['{{'.repeat(500_000), /has no "}}"/],
    [`{{ a }}${'{{ "'.repeat(250_000)}`, /has no "}}"/],
  ])('refuses a megabyte of open braces in less than 2 seconds of CPU time', (source, message) => {
    const begun = process.threadCpuUsage();
    expect(() => splitTemplate(source)).toThrow(message);
    expect(process.threadCpuUsage(begun).user).toBeLessThan(2_000_000);
  });
});
