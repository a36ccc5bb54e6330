import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { environmentVariables } from '../../src/environment.ts';
import { runCli } from '../support/cli-process.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'finaz-refused-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const inFolder = (name: string) => join(folder, name);
const run = (...args: readonly string[]) => runCli(args, { DATA_DIR: inFolder('data') });

describe('the command line', () => {
  it.each([
    [['serve', '--port', '3000'], 'unknown option --port; this command has none'],
    [
      ['apply', '--skip-chek', 'a.yaml'],
      'unknown option --skip-chek; did you mean "--skip-check"?',
    ],
    [['doctor', '--tenant', '7'], 'unknown option --tenant; known: "--offline"'],
    [['secrets', 'list', '7', '8'], 'this command takes nothing after "7"'],
    [['secrets', 'set', '7', 'token', 's3cr3t'], 'this command takes nothing after "token"\n'],
    [['keys', 'create', '--tenant', '', '--label', 'crm'], 'a tenant id has 1 to 64 letters'],
    [['keys', 'create', '--tenant', 'a b', '--label', 'crm'], 'a tenant id has 1 to 64 letters'],
    [['keys', 'create', '--label', ''], '--label is empty'],
    [['keys', 'create', '--label', 'a\tb'], '--label has a control character'],
    [['secrets', 'set', 'a b', 'token'], 'a tenant id has 1 to 64 letters'],
    [['secrets', 'list', 'a b'], 'a tenant id has 1 to 64 letters'],
    [['mailings', 'list', '', '--key', 'any'], 'a tenant id has 1 to 64 letters'],
    [['mailings', 'list', '7', '--key', ''], '--key: is no key; it has visible ASCII'],
    [['mailings', 'list', '7', '--key', 'first\nsecond'], '--key: is no key; it has visible ASCII'],
    [['preview', '7', 'dialer', 'click2call', '--key', 'chave não'], '--key: is no key; it has'],
    [['import', 'curl', '--tenant', '7', '-'], 'there is no command; it begins with curl'],
    [['asterisk', 'setup', '--write', 'etc', '--undo'], '--undo: its value is missing'],
    [['asterisk', 'setup', '--tenant', '', '--print'], '--tenant: its value is missing'],
  ])('refuses %j with the reason', async (args, words) => {
    const { code, stdout, stderr } = await run(...args);
    expect(stderr).toContain(words);
    expect([code, stdout]).toEqual([2, '']);
  });

  it.each([
    ['PORT', 'abc', '"abc" is not the number of a port'],
    ['ADMIN_KEY', 'a key with blanks, long enough', 'visible ASCII characters only'],
    ['HOST', 'no.such.host.invalid', 'HOST must be an address of this machine'],
  ])('names an environment variable that is wrong, and why: %s', async (name, value, words) => {
    const { code, stderr } = await runCli(['serve'], {
      DATA_DIR: inFolder('data'),
      PORT: '0',
      [name]: value,
    });
    expect(stderr).toContain(words);
    expect(code).toBe(2);
  });

  it.each([
    ['a file', 'file', 'is a file'],
    ['below a file', 'file/below', 'is a file'],
    ['where no folder can be made', '/proc/nothing', "mkdir '/proc"],
  ])(
    'refuses a DATA_DIR that cannot be used, and says what to do: %s',
    async (_name, place, words) => {
      await writeFile(inFolder('file'), '');
      const { code, stderr } = await runCli(['serve'], {
        DATA_DIR: resolve(folder, place),
        PORT: '0',
      });
      expect(stderr).toContain('environment DATA_DIR: ');
      expect(stderr).toContain(words);
      expect(stderr).toContain('name a folder that this user may write');
      expect(code).toBe(2);
    },
  );

  it.each([
    ['its scheme', 'postgress://finaz:word@127.0.0.1/x', 'must begin with postgres://'],
    ['its port', 'postgres://finaz:word@127.0.0.1:54x/x', 'write postgres://USER:PASSWORD@HOST'],
    [
      'its password',
      'postgres://finaz:wo/rd@127.0.0.1/x',
      'with special characters in the password',
    ],
    ['its host', 'postgres://finaz:word@no.such.host.invalid/x', 'the database cannot be used'],
    ['nobody there', 'postgres://finaz:word@127.0.0.1:1/x', 'ECONNREFUSED'],
  ])(
    'names what is wrong with a DATABASE_URL without showing its password: %s',
    async (_name, url, words) => {
      const { code, stderr } = await runCli(['serve'], {
        DATA_DIR: inFolder('data'),
        DATABASE_URL: url,
        PORT: '0',
      });
      expect(stderr).toContain('environment DATABASE_URL: ');
      expect(stderr).toContain(words);
      expect(stderr).not.toMatch(/:wo(?:rd)?@|wo\/rd/);
      expect(code).toBe(2);
    },
  );

  it.each([
    ['finaz-telephony', []],
    ['finaz-telephony keys', ['keys']],
    ['finaz-telephony keys create', ['keys', 'create']],
    ['finaz-telephony serve', ['serve']],
  ])(
    'prints help with the command as it is typed, and without colours if there is no terminal: %s',
    async (typed, args) => {
      const { stdout } = await run(...args, '--help');
      expect(stdout).toMatch(new RegExp(`USAGE ${typed}[ \\n]`));
      expect(stdout, 'colours are for terminals').toBe(stripVTControlCharacters(stdout));
    },
  );

  it.each([
    ['a command that there is not', ['serv'], 'Unknown command serv'],
    ['an option that is missing', ['keys', 'create'], 'Missing required argument: --label'],
    ['no command', [], 'No command specified'],
    ['no command of a group', ['keys'], 'No command specified'],
    [
      'a word that is missing',
      ['mailings', 'list'],
      'Missing required positional argument: TENANT',
    ],
  ])('prints the error and the usage on stderr alone for %s', async (_name, args, words) => {
    const { code, stdout, stderr } = await run(...args);
    expect(stderr).toContain(words);
    expect(stderr).toContain('USAGE finaz-telephony');
    expect([code, stdout]).toEqual([2, '']);
  });

  it('pads no line of its help with blanks, which a terminal would show as empty lines', async () => {
    const { stdout } = await run('--help');
    expect(stdout.match(/ +$/gm)).toEqual(null);
  });

  it('explains the exit codes in its own help, and the environment variables in the help of serve', async () => {
    const [program, host] = await Promise.all([run('--help'), run('serve', '--help')]);
    expect(program.stdout).toMatch(/EXIT CODES\n\n {2}0 +done\n {2}1 +done, .*\n {2}2 +not done/);
    expect(host.stdout).toContain('\nENVIRONMENT\n');
    for (const { name, fallback, meaning } of environmentVariables) {
      const line = host.stdout.split('\n').find((text) => text.startsWith(`  ${name} `));
      expect(line).toContain(`   ${meaning} (Default: ${fallback})`);
    }
    expect([program.code, host.code]).toEqual([0, 0]);
  });

  it('warns of a key for a company that does not exist yet', async () => {
    const { code, stderr } = await run('keys', 'create', '--tenant', '1O42', '--label', 'crm');
    expect(code).toBe(0);
    expect(stderr).toContain('there is no company 1O42 on this host yet');
  });

  it('saves none of several documents if one of them is wrong', async () => {
    await writeFile(inFolder('good.yaml'), 'id: "7"\nname: Norte\n');
    await writeFile(inFolder('bad.yaml'), 'id: 8\n');
    const { code, stderr, stdout } = await run(
      'apply',
      inFolder('good.yaml'),
      inFolder('bad.yaml'),
    );
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain('bad.yaml: id: must be text, and is a number: write it in quotes');
    expect(stderr).toContain('bad.yaml: name: is missing');
    const applied = await run('apply', inFolder('good.yaml'));
    expect(applied.stdout).toContain('saved, version 1');
  });

  it('names a database file that is damaged, without a stack trace', async () => {
    const dataDir = inFolder('damaged');
    await runCli(['keys', 'list'], { DATA_DIR: dataDir });
    await writeFile(join(dataDir, 'telephony.sqlite'), 'no database, '.repeat(200));
    const { code, stderr } = await runCli(['keys', 'list'], { DATA_DIR: dataDir });
    expect(code).toBe(2);
    expect(stderr).toContain('telephony.sqlite cannot be used (file is not a database)');
    expect(stderr).toContain('telephony.sqlite-wal and telephony.sqlite-shm');
    expect(stderr).not.toContain('    at ');
  });
});
