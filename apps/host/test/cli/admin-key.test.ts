import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { startHostProcess } from '../support/cli-process.ts';
import { createHostPlace } from '../support/host-place.ts';

/** A command of util-linux that runs another command in a terminal. */
const script = '/usr/bin/script';
const cli = fileURLToPath(new URL('../../src/cli.ts', import.meta.url));

const linesOf = (text: string) =>
  text.split(/\r?\n/).filter((line) => line.startsWith('Admin key'));

it('without a terminal, a start prints where the admin key is kept instead of the key, and nothing if ADMIN_KEY is set', async () => {
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
  'on a terminal, the start that makes the admin key shows the key, and later starts only where it is kept',
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
        /^Admin key \(kept in .*keys\.json; not shown again\): ft_admin_[\w-]{43}$/,
      ),
    ]);
    expect(await told()).toEqual([`Admin key: in ${join(place.dataDir, 'keys.json')}`]);
    await place.remove();
  },
);
