import { execFileSync, spawnSync } from 'node:child_process';
import process from 'node:process';
import { describe, expect, it } from 'vitest';
import { shellWords } from '../../src/authoring/curl/shell-words.ts';

const hasBash = spawnSync('bash', ['--version']).error === undefined;
if (!hasBash) console.warn('There is no bash here to compare with: skipped.');

/** What a real shell hands on. */
function inBash(command: string): string[] {
  const script = command.replace(/^curl /, String.raw`printf '%s\0' `);
  // In UTF-8, whatever this machine speaks: `\u00e1` is written in the locale's characters.
  const env = { ...process.env, LC_ALL: 'C.UTF-8' };
  return execFileSync('bash', ['-c', script], { encoding: 'utf8', env }).split('\0').slice(0, -1);
}

describe('words of a shell', () => {
  it
    .skipIf(!hasBash)
    .each([
      `curl 'single "double" \\n' "double 'single' \\"q\\" \\\\ \\n \\$x"`,
      `curl a\\ b''c "" '' \\'x\\" -H"X: y"`,
      `curl $'it\\'s \\u00e1 \\xc3\\xa3 \\101 \\t|\\n|\\\\ "q"' $"plain"`,
      `curl -d 'a\nb' \\\n  --url 'http://x/?a=1&b=2' \\\n\t-s`,
      `curl "a\\\nb" x#y \\# '#z' # a remark`,
      `curl "100$" 'a$b' $ a=$`,
    ])('reads %j as bash does (where there is a bash)', (command) => {
    expect(shellWords(command)).toEqual(['curl', ...inBash(command)]);
  });

  it('leaves out what stands behind the command and has to do with its answer', () => {
    expect(shellWords("$ curl -s 'http://x/' | jq . > out")).toEqual(['curl', '-s', 'http://x/']);
  });

  it('leaves variables of the shell as other tools write theirs, but not between single quotes', () => {
    expect(shellWords(`curl -H "X: $TOKEN-\${OTHER}" '$TOKEN' {{host}}`)).toEqual([
      'curl',
      '-H',
      'X: {{TOKEN}}-{{OTHER}}',
      '$TOKEN',
      '{{host}}',
    ]);
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
    ['curl `id`', /only a shell can work out/],
    [`curl http://x/?a=1&b=2`, /one command at a time, and put an address with "&" in quotes/],
    [`curl http://x/\ncurl http://y/`, /one command at a time/],
  ])('refuses %j', (command, message) => {
    expect(() => shellWords(command)).toThrow(message);
  });
});
