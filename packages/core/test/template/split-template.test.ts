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
    ['open braces', '{{'.repeat(500_000)],
    ['open braces and quotes', `{{ a }}${'{{ "'.repeat(250_000)}`],
  ])('refuses a megabyte of %s in less than 2 seconds of CPU time', (_what, source) => {
    const begun = process.threadCpuUsage();
    expect(() => splitTemplate(source)).toThrow('"{{" has no "}}" after it');
    expect(process.threadCpuUsage(begun).user).toBeLessThan(2_000_000);
  });
});
