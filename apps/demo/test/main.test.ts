import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url));

it('the demo exits with code 2 and one line that names the variable that cannot be used', async () => {
  const { ended } = await startDemo({ PORT: 'abc' });
  expect(await ended).toMatchObject({
    code: 2,
    stderr: 'environment PORT: "abc" is not the number of a port\n',
  });
});

it.each(['company saved', 'mailing taken in'])(
  'the demo ends without an error if it is interrupted after "%s"',
  async (step) => {
    const { child, ended } = await startDemo({ PORT: '0' });
    child.stdout.on('data', (chunk: Buffer) => {
      if (chunk.toString().includes(step)) child.kill('SIGINT');
    });
    const { code, stdout, stderr } = await ended;
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/Stopping …\n$/);
    expect(stdout).not.toContain('Serving at');
  },
);

it('the demo refuses an option, which it would have ignored', async () => {
  const { ended } = await startDemo({}, ['--port=8080']);
  expect(await ended).toEqual({
    code: 2,
    stdout: '',
    stderr: 'npm start takes no options; PORT, DATA_DIR and others come from the environment\n',
  });
});

async function startDemo(
  variables: Readonly<Record<string, string>>,
  options: readonly string[] = [],
) {
  const dataDir = await mkdtemp(join(tmpdir(), 'finaz-demo-'));
  onTestFinished(() => rm(dataDir, { recursive: true, force: true }));
  const child = spawn(
    process.execPath,
    [
      '--conditions=@finaz-telephony/source',
      '--disable-warning=ExperimentalWarning',
      main,
      ...options,
    ],
    {
      env: { PATH: process.env['PATH'], DATA_DIR: dataDir, LOG_LEVEL: 'silent', ...variables },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  const ended = once(child, 'close').then(() => ({ code: child.exitCode, stdout, stderr }));
  return { child, ended };
}
