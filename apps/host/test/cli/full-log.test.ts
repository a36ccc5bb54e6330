import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, openSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { createHostPlace } from '../support/host-place.ts';

/** A file of Linux to which nothing can be written, as on a full disk. */
const full = '/dev/full';
const cli = fileURLToPath(new URL('../../src/cli.ts', import.meta.url));

const startOnIt = (command: string, variables: Readonly<Record<string, string>>) =>
  spawn(process.execPath, ['--conditions=@finaz-telephony/source', cli, command], {
    env: { PATH: process.env['PATH'], ...variables, PORT: '0', DRAIN_SECONDS: '0' },
    stdio: ['ignore', openSync(full, 'w'), 'pipe'],
  });

it.skipIf(!existsSync(full))(
  'a host whose log has no room left goes on, says so on stderr, and ends when it is stopped',
  async () => {
    const place = await createHostPlace();
    const host = startOnIt('serve', place.variables);
    let told = '';
    host.stderr?.on('data', (chunk: Buffer) => {
      told += chunk.toString();
    });
    const closed = once(host, 'close');
    await expect.poll(() => told, { timeout: 20_000 }).toContain('(ENOSPC)');
    host.kill('SIGTERM');
    await closed;
    expect(host.exitCode).toBe(0);
    await place.remove();
  },
);

it.skipIf(!existsSync(full))(
  'a command whose output has no room left says so and exits with code 2',
  async () => {
    const command = startOnIt('schema', {});
    let told = '';
    command.stderr?.on('data', (chunk: Buffer) => {
      told += chunk.toString();
    });
    await once(command, 'close');
    expect(told).toBe('the output cannot be written (ENOSPC)\n');
    expect(command.exitCode).toBe(2);
  },
);
