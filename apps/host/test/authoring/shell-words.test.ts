import { execFileSync, spawnSync } from 'node:child_process';
import process from 'node:process';
import { describe, expect, it } from 'vitest';
import { shellWords } from '../../src/authoring/curl/shell-words.ts';

const hasBash = spawnSync('bash', ['--version']).error === undefined;
if (!hasBash) console.warn('There is no bash here to compare with: skipped.');

/** The words that a real shell passes to the command. */
function inBash(command: string): string[] {
  const script = command.replace(/^curl /, String.raw`printf '%s\0' `);
  // UTF-8 whatever the locale of this machine: bash writes `\u00e1` in the encoding of its locale.
  const env = { ...process.env, LC_ALL: 'C.UTF-8' };
  return execFileSync('bash', ['-c', script], { encoding: 'utf8', env }).split('\0').slice(0, -1);
}

describe('the words of a shell command', () => {
  it
    .skipIf(!hasBash)
    .each([
      `curl 'single "double" \\n' "double 'single' \\"q\\" \\\\ \\n \\$x"`,
      `curl a\\ b''c "" '' \\'x\\" -H"X: y"`,
      `curl $'it\\'s \\u00e1 \\xc3\\xa3 \\101 \\t|\\n|\\\\ "q"' $"plain"`,
      `curl -d 'a\nb' \\\n  --url 'http://x/?a=1&b=2' \\\n\t-s`,
      `curl "a\\\nb" x#y \\# '#z' # a remark`,
      `curl "100$" 'a$b' $ a=$`,
    ])('reads %j as bash does (if bash is installed)', (command) => {
    expect(shellWords(command)).toEqual(['curl', ...inBash(command)]);
  });

  it('leaves out the prompt before the command, and what follows to handle its output', () => {
    expect(shellWords("$ curl -s 'http://x/' | jq . > out")).toEqual(['curl', '-s', 'http://x/']);
  });

  it('writes a shell variable as the placeholder of other tools, but not within single quotes', () => {
    expect(shellWords(`curl -H "X: $TOKEN-\${OTHER}" '$TOKEN' {{host}}`)).toEqual([
      'curl',
      '-H',
      'X: {{TOKEN}}-{{OTHER}}',
      '$TOKEN',
      '{{host}}',
    ]);
  });

  it('keeps an escape that stands for no character as it is written', () => {
    expect(shellWords(String.raw`curl $'a\U00110000'`)).toEqual(['curl', String.raw`a\U00110000`]);
  });

  it('reads line ends of Windows', () => {
    expect(shellWords("curl \\\r\n -d 'a' \\\r\n x\r\n")).toEqual(['curl', '-d', 'a', 'x']);
  });

  it.each([
    [
      String.raw`curl ^"http://x/?a=1^&b=^%^41^" ^` +
        '\r\n  -d ^"^{^\\^"a^\\^":^\\^"^\n\n^\\^"^}^"',
      ['http://x/?a=1&b=%41', '-d', '{"a":"\n"}'],
    ],
    [
      'curl -d "{\\"a\\": 1}" "b ^ c" ^\n "C:\\dir\\\\" x^^y',
      ['-d', '{"a": 1}', 'b ^ c', 'C:\\dir\\', 'x^y'],
    ],
  ])('reads %j as cmd does', (command, words) => {
    expect(shellWords(command)).toEqual(['curl', ...words]);
  });

  it.each([
    [
      'curl.exe -X POST \'it\'\'s\' `\r\n -d \'{\\"a\\":1}\' "x`"y`n" "$env:TOKEN"',
      ['-X', 'POST', "it's", '-d', '{"a":1}', 'x"y\n', '{{TOKEN}}'],
    ],
  ])('reads %j as PowerShell does', (command, words) => {
    expect(shellWords(command)).toEqual(['curl.exe', ...words]);
  });

  it.each([
    [`curl 'http://x/`, /a ' of the command is not closed/],
    [`curl "a$(id)"`, /only a shell can work out/],
    [`curl -u $'a:sen\\xe7a' x`, /bytes that are no UTF-8.*write the character itself/],
    ['curl `id`', /only a shell can work out/],
    [`curl http://x/?a=1&b=2`, /one command at a time, and put an address with "&" in quotes/],
    [`curl http://x/\ncurl http://y/`, /one command at a time/],
  ])('refuses %j', (command, message) => {
    expect(() => shellWords(command)).toThrow(message);
  });
});
