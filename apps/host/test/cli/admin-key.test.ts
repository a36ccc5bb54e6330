import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { startHostProcess } from '../support/cli-process.ts';
import { createHostPlace } from '../support/host-place.ts';

/** Of util-linux: runs a command with a terminal. */
const script = '/usr/bin/script';
const cli = fileURLToPath(new URL('../../src/cli.ts', import.meta.url));

const linesOf = (text: string) =>
  text.split(/\r?\n/).filter((line) => line.startsWith('Admin key'));

it('is in no log: where nobody sits before it, a start says where the key is', async () => {
  const place = await createHostPlace();
  const keys = join(place.dataDir, 'keys.json');
  const told = async (variables: Readonly<Record<string, string>>) => {
    const host = await startHostProcess({ ...place.variables, ...variables, DRAIN_SECONDS: '0' });
    await host.signal('SIGTERM');
    return linesOf(host.stderr());
  };
  expect(await told({})).toEqual([`Admin key: in ${keys}`]);
  expect(await readFile(keys, 'utf8')).toMatch(/"ft_admin_[\w-]{43}"/);
  expect(await told({ ADMIN_KEY: 'ft_admin_key_of_the_tests_0123456789' })).toEqual([]);
  await place.remove();
});

it.skipIf(!existsSync(script))(
  'is told on a terminal by the start that makes it, and by later ones where it is',
  async () => {
    const place = await createHostPlace();
    const told = async () => {
      const serve = `'${process.execPath}' --conditions=@finaz-telephony/source '${cli}' serve`;
      const terminal = spawn(script, ['-qec', serve, '/dev/null'], {
        env: { PATH: process.env['PATH'], ...place.variables, PORT: '0', DRAIN_SECONDS: '0' },
      });
      let shown = '';
      terminal.stdout.on('data', (chunk: Buffer) => {
        shown += chunk.toString();
        if (shown.includes('"serving"')) terminal.kill('SIGTERM');
      });
      await once(terminal, 'close');
      return linesOf(shown);
    };
    expect(await told()).toEqual([
      expect.stringMatching(
        /^Admin key \(told this once, kept in .*keys\.json\): ft_admin_[\w-]{43}$/,
      ),
    ]);
    expect(await told()).toEqual([`Admin key: in ${join(place.dataDir, 'keys.json')}`]);
    await place.remove();
  },
);
