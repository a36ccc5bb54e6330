import { execFile } from 'node:child_process';
import process from 'node:process';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const heap = new URL('../../src/cli/heap.ts', import.meta.url).href;
const script = `process.stdout.write(process.pid + ' ');
  const { keepHeapSmall } = await import(${JSON.stringify(heap)});
  keepHeapSmall();
  process.stdout.write(process.execArgv.filter((flag) => flag.startsWith('--')).join(' '));`;

const run = async (options: string) => {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--input-type=module', '--eval', script],
    { env: { ...process.env, NODE_OPTIONS: options } },
  );
  return stdout.split(' ');
};

it.skipIf(process.platform === 'win32')(
  'begins anew as the same process with a heap that stays small (not on Windows, which has no exec)',
  async () => {
    const [first, second, ...flags] = await run('');
    expect(second).toBe(first);
    expect(flags).toEqual(
      expect.arrayContaining([
        '--max-semi-space-size=16',
        '--heap-growing-percent=60',
        '--no-allocation-site-pretenuring',
      ]),
    );
  },
);

it('leaves the heap to an operator who sets it', async () => {
  const [first, second, ...others] = await run('--max-semi-space-size=32');
  expect(first).toMatch(/^\d+$/);
  expect([second, ...others].join(' ')).not.toContain('heap-growing');
});
