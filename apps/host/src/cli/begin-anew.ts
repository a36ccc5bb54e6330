import process from 'node:process';

/**
 * By itself, V8 lets garbage grow to several times what is in use: 390 MB for a mailing of 300,000 contacts, of which 40 MB are needed. With these flags it is 190
 * to 230 MB, even for a million; less would slow calls down. Nor should V8 conclude from the first pages of a mailing that contacts live long: it would then put each
 * of a million among the old objects, and in every other run a load by file would take twice the processor time.
 */
const flags = [
  '--max-semi-space-size=16',
  '--heap-growing-percent=60',
  '--no-allocation-site-pretenuring',
];

/**
 * Of the threads that wait for the system, Node.js lets half be taken by names that are being resolved: with the four that there are by default, two dead names
 * of two companies would keep all others from new connections. A thread that does nothing costs a few kilobytes.
 */
const threads = '64';

/**
 * Restarts this process, with the same id and files, so that its heap stays small and so that it has threads enough: both can be said only at its start.
 *
 * Leaves what the operator has set: the young generation (`--max-semi-space-size`, also in `NODE_OPTIONS`), `UV_THREADPOOL_SIZE`. Does nothing where the process
 * cannot begin anew: on Windows, and with a channel to a parent.
 */
export function beginAnewAsHost(): void {
  const given = [...process.execArgv, process.env['NODE_OPTIONS'] ?? ''].join(' ');
  const isHeapSet = given.includes('--max-semi-space-size');
  if (isHeapSet && process.env['UV_THREADPOOL_SIZE'] !== undefined) return;
  if (!process.execve || process.platform === 'win32' || process.connected) return;
  process.execve(
    process.execPath,
    [process.execPath, ...(isHeapSet ? [] : flags), ...process.execArgv, ...process.argv.slice(1)],
    // Of the C library: a heap for each thread would hold on to what the others could use.
    { MALLOC_ARENA_MAX: '2', UV_THREADPOOL_SIZE: threads, ...process.env },
  );
}
