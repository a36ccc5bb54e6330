import { Worker } from 'node:worker_threads';

/** After the start of this process: a command has ended by then, and needs no thread. */
const startAfterMs = 1000;

/** With so many pages in the log (64 MB) a commit brings it into the file by itself: the thread could not keep up. */
export const mostLogPages = 16_000;

export interface Checkpoints {
  readonly close: () => Promise<void>;
}

/**
 * Brings the write-ahead log of SQLite into the database file, on a thread of its own. By itself, SQLite would do it within a commit, and whoever waits
 * for that commit would wait for two syncs of the disk and some thousand pages.
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

/** @returns ends the thread once it has ended what it is at */
function startThread(file: string): () => Promise<void> {
  const worker = new Worker(workerFile(), { workerData: file });
  const ended = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
  // Without it, commits do its work, later.
  worker.on('error', () => undefined);
  worker.unref();
  return async () => {
    worker.ref();
    // Asked, and not terminated: in the middle of loading better-sqlite3 that would end the whole process.
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, and no window
    worker.postMessage('end');
    await ended;
  };
}

/** Beside the sources, or as the package is built. */
function workerFile(): URL {
  const isSource = import.meta.url.endsWith('.ts');
  return new URL(
    isSource ? './checkpoint-worker.ts' : './store/checkpoint-worker.js',
    import.meta.url,
  );
}
