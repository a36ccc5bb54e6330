import { Worker } from 'node:worker_threads';

/** How long after the start of this process: by then a command has ended, and needs no thread. */
const startAfterMs = 1000;

/** With this many pages in the log (64 MB) a commit checkpoints by itself: the thread could not keep up. */
export const mostLogPages = 16_000;

export interface Checkpoints {
  readonly close: () => Promise<void>;
}

/**
 * Copies SQLite's write-ahead log into the database file, on a separate thread. By default, SQLite would do it within a commit, and the caller of
 * that commit would wait for two disk syncs and some thousand pages.
 */
export function startCheckpoints(file: string): Checkpoints {
  let stop = async (): Promise<void> => undefined;
  const starting = setTimeout(() => {
    stop = startThread(file);
  }, startAfterMs);
  starting.unref();
  return {
    async close() {
      clearTimeout(starting);
      await stop();
    },
  };
}

/** @returns stops the thread once it has finished its current work */
function startThread(file: string): () => Promise<void> {
  const worker = new Worker(workerFile(), { workerData: file });
  const ended = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
  // Without the thread, commits do its work, later.
  worker.on('error', () => undefined);
  worker.unref();
  return async () => {
    worker.ref();
    // Asked to end, not terminated: while it loads better-sqlite3, termination would end the whole process.
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, and no window
    worker.postMessage('end');
    await ended;
  };
}

/** Beside this source file, or where the built package has it. */
function workerFile(): URL {
  const isSource = import.meta.url.endsWith('.ts');
  return new URL(
    isSource ? './checkpoint-worker.ts' : './store/checkpoint-worker.js',
    import.meta.url,
  );
}
