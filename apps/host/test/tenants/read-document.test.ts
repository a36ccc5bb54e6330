import { describe, expect, it } from 'vitest';
import { readDocument } from '../../src/tenants/read-document.ts';

const valueOf = (text: string) => {
  const reading = readDocument(text);
  return 'value' in reading ? reading.value : reading.issues.map(({ message }) => message);
};

describe('a document', () => {
  it('keeps every digit of an id that is written without quotes', () => {
    const yaml = `
      pin: 0042
      list: 12345678901234567890
      operators: { 0101: { user: 007 }, 98765432109876543210: { user: 6001 } }
      same: [12, -3, 1.50, 0, 0.5, "0042", '1']
    `;
    const value = {
      pin: '0042',
      list: '12345678901234567890',
      operators: { '0101': { user: '007' }, '98765432109876543210': { user: 6001 } },
      same: [12, -3, 1.5, 0, 0.5, '0042', '1'],
    };
    expect(valueOf(yaml)).toEqual(value);
    expect(valueOf('{"list":12345678901234567890,"ids":[9007199254740993,7]}')).toEqual({
      list: '12345678901234567890',
      ids: ['9007199254740993', 7],
    });
  });

  it.each([
    ['', 'the document is empty'],
    ['# nothing\n', 'the document is empty'],
    ["id: '1'\n\tname: X\n", 'line 2, column 1: Tabs are not allowed as indentation'],
    [
      "id: '1'\n---\nid: '2'\n",
      'line 2, column 1: a second document begins here; put each company into a file of its own',
    ],
    [
      `a: &a [x]\nb: [${Array.from({ length: 101 }, () => '*a').join(', ')}]\n`,
      'its aliases (*name) stand for too much; write out what they stand for',
    ],
    [
      'json:\n  ramal: {{ extension }}\n',
      "line 2, column 11: a value that begins with {{ is written in quotes: '{{ name }}'",
    ],
    [
      'map:\n  [4, 5]: answered\n',
      'line 2, column 3: a list is no key; write a line for each of its entries',
    ],
    [
      "a: '{{ x | date: 'yyyy' }}'\n",
      'line 1, column 19: a quoted text ends before this; put the whole value in quotes, and use the other kind of quotes inside: \'{{ from | date: "yyyy" }}\'',
    ],
    [
      'a:\n  b: 1\n c: 2\n',
      'line 3, column 1: this key does not begin below the keys beside it; count the blanks before it',
    ],
    [
      'a: b: c\n',
      'line 1, column 4: a second ": " in one line; write the value in quotes, or see whether the line is indented as those above it',
    ],
    ["id: '1'\nid: '2'\n", 'line 2, column 1: Map keys must be unique'],
  ])('%j is refused with a single issue that says what is wrong and where', (text, message) => {
    expect(valueOf(text)).toEqual([message]);
  });

  it('that is nested too deep is refused with the line and column', () => {
    expect(valueOf(`${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}`)).toContainEqual(
      expect.stringMatching(/^line 1, column \d+: it is nested too deep$/),
    );
  });
});

describe('the size limit of a document', () => {
  it.each([
    ['many keys', Array.from({ length: 60_000 }, (_, index) => `k${index}:`).join('\n')],
    [
      'many keys in a line',
      `{${Array.from({ length: 42_000 }, (_, index) => `k${index}: 1`).join(',')}}`,
    ],
    [
      'many aliases',
      Array.from({ length: 22_000 }, (_, index) => `- &a${index} x\n- *a${index}`).join('\n'),
    ],
    ['many faults', '- "'.repeat(170_000)],
    ['one key again and again', 'a: 1\n'.repeat(100_000)],
    ['a fault at each sign', '[}'.repeat(262_144)],
  ])('lets the host read a document with %s without being held up', (_, text) => {
    expect(text.length).toBeGreaterThan(400_000);
    expect(text.length).toBeLessThanOrEqual(524_288);
    const begun = process.threadCpuUsage();
    readDocument(text);
    // Quadratic time would take minutes; a stack trace for each fault, most of half a minute.
    expect(process.threadCpuUsage(begun).user).toBeLessThan(20_000_000);
  });

  it('refuses a larger document before it is read', () => {
    expect(valueOf('[}'.repeat(262_145))).toEqual([
      'the document has 524290 characters; at most 524288 are read',
    ]);
  });
});
