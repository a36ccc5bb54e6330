import { execFile } from 'node:child_process';
import process from 'node:process';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const restart = new URL('../../src/cli/restart-as-host.ts', import.meta.url).href;
const script = `process.stdout.write(process.pid + ' ');
  const { restartAsHost } = await import(${JSON.stringify(restart)});
  restartAsHost();
  process.stdout.write(process.env.UV_THREADPOOL_SIZE + ' ');
  process.stdout.write(process.execArgv.filter((flag) => flag.startsWith('--')).join(' '));`;

interface Begun {
  readonly isSameProcess: boolean;
  readonly threads: string | undefined;
  readonly flags: readonly string[];
}

const run = async (variables: Readonly<Record<string, string>>): Promise<Begun> => {
  const { UV_THREADPOOL_SIZE: _, ...others } = process.env;
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--input-type=module', '--eval', script],
    { env: { ...others, NODE_OPTIONS: '', ...variables } },
  );
  const words = stdout.split(' ');
  const begins = words.filter((word) => /^\d{3,}$/.test(word));
  const [threads, ...flags] = words.slice(begins.length);
  return { isSameProcess: begins.length === 2 && begins[0] === begins[1], threads, flags };
};

const heapFlags = [
  '--max-semi-space-size=16',
  '--heap-growing-percent=60',
  '--no-allocation-site-pretenuring',
];

it.skipIf(process.platform === 'win32')(
  'a host restarts as the same process, with a heap that stays small and threads for lookups that hang (not on Windows, which has no exec)',
  async () => {
    const begun = await run({});
    expect(begun).toMatchObject({ isSameProcess: true, threads: '64' });
    expect(begun.flags).toEqual(expect.arrayContaining(heapFlags));
  },
);

it.skipIf(process.platform === 'win32')(
  'a host keeps the heap settings of an operator who sets them in NODE_OPTIONS',
  async () => {
    const begun = await run({ NODE_OPTIONS: '--max-semi-space-size=32' });
    expect(begun).toMatchObject({ isSameProcess: true, threads: '64' });
    expect(begun.flags.join(' ')).not.toContain('heap-growing');
  },
);

it.skipIf(process.platform === 'win32')(
  'a host keeps the number of threads of an operator who sets UV_THREADPOOL_SIZE',
  async () => {
    const begun = await run({ UV_THREADPOOL_SIZE: '8' });
    expect(begun.threads).toBe('8');
    expect(begun.flags).toEqual(expect.arrayContaining(heapFlags));
  },
);
