import process from 'node:process';

/**
 * By default, V8 lets garbage grow to several times what is in use: 390 MB for a mailing of 300,000 contacts, of which 40 MB are needed. With these flags it
 * is 190 to 230 MB, even for a million; less would slow calls down. Without the last flag, V8 may conclude from the first pages of a mailing that contacts
 * are long-lived and allocate all of them as old objects: in every other run, a load by file then takes twice the processor time.
 */
const flags = [
  '--max-semi-space-size=16',
  '--heap-growing-percent=60',
  '--no-allocation-site-pretenuring',
];

/**
 * Node.js uses up to half of the thread pool for name resolution: with its default of four threads, two dead names
 * of two companies would block new connections for all others. An idle thread costs a few kilobytes.
 */
const threads = '64';

/**
 * Restarts this process, with the same id and files, so that its heap stays small and it has enough threads: both can only be set at startup.
 *
 * Keeps what the operator of the host has set: the size of the young generation (`--max-semi-space-size`, also in `NODE_OPTIONS`) and `UV_THREADPOOL_SIZE`.
 * Does nothing if the process cannot restart: on Windows, or with an IPC channel to its parent.
 */
export function restartAsHost(): void {
  const given = [...process.execArgv, process.env['NODE_OPTIONS'] ?? ''].join(' ');
  const isHeapSet = given.includes('--max-semi-space-size');
  if (isHeapSet && process.env['UV_THREADPOOL_SIZE'] !== undefined) return;
  if (!process.execve || process.platform === 'win32' || process.connected) return;
  process.execve(
    process.execPath,
    [process.execPath, ...(isHeapSet ? [] : flags), ...process.execArgv, ...process.argv.slice(1)],
    // For glibc: with one arena per thread, each would hold on to memory that the others could use.
    { MALLOC_ARENA_MAX: '2', UV_THREADPOOL_SIZE: threads, ...process.env },
  );
}
