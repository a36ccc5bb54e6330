import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { toCurl } from '../../src/exchanges/curl.ts';

/** The arguments that curl would get from a real shell. */
function argumentsInShell(command: string): string[] {
  const script = command.replace(/^curl /, String.raw`printf '%s\0' `);
  return execFileSync('sh', ['-c', script], { encoding: 'utf8' }).split('\0').slice(0, -1);
}

const plain = { method: 'GET', url: 'https://pabx.example/click', headers: {}, body: '' };

describe('toCurl', () => {
  it.each([
    `it's "quoted" and 'quoted'`,
    'a $HOME $(id) `id` ${IFS} !! \\ \\n',
    'first\nsecond\r\n\tthird',
    `'; rm -rf /; echo '`,
    '@/etc/passwd',
    "'''",
  ])('quotes the body %j so that a shell hands it to curl unchanged', (body) => {
    const given = argumentsInShell(
      toCurl({ ...plain, method: 'POST', headers: { 'x-note': body }, body }),
    );
    expect(given).toEqual(['-X', 'POST', plain.url, '-H', `x-note: ${body}`, '--data-raw', body]);
  });

  it('quotes the URL so that a shell hands it to curl unchanged', () => {
    const url = "https://pabx.example/click?a=1&b='%20$(id)#;x";
    expect(argumentsInShell(toCurl({ ...plain, url }))).toEqual(['-X', 'GET', url]);
  });

  it('keeps curl from expanding brackets and braces in the URL', () => {
    const url = 'https://pabx.example/click?tags[]=1&set={a,b}';
    expect(argumentsInShell(toCurl({ ...plain, url }))).toEqual(['-X', 'GET', url, '--globoff']);
  });

  it('leaves out headers that curl sets by itself, in any letter case', () => {
    const headers = {
      'Content-Length': '2',
      'user-agent': 'finaz-telephony',
      Accept: '*/*',
      'X-Empty': '',
      'Content-Type': 'application/json',
    };
    expect(argumentsInShell(toCurl({ ...plain, headers }))).toEqual([
      '-X',
      'GET',
      plain.url,
      '-H',
      'X-Empty;',
      '-H',
      'Content-Type: application/json',
    ]);
  });
});
