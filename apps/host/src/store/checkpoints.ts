import { Worker } from 'node:worker_threads';

/** Of this process, unless a command has ended by then. */
const startAfterMs = 1000;

/** Pages of the log after which a commit brings it into the file itself, where this thread could not keep up: 64 MB. */
export const mostLogPages = 16_000;

export interface Checkpoints {
  readonly close: () => Promise<void>;
}

/**
 * Brings the write-ahead log of SQLite into the database file, on a thread of its own: where a commit does it, as SQLite does by itself, whoever waits for
 * that thread waits for two syncs of the disk and some thousand pages.
 */
export function startCheckpoints(file: string): Checkpoints {
  let worker: Worker | undefined;
  const starting = setTimeout(() => {
    worker = new Worker(workerFile(), { workerData: file });
    // Without it, commits do its work, later.
    worker.on('error', () => undefined);
    worker.unref();
  }, startAfterMs);
  starting.unref();
  return {
    async close() {
      clearTimeout(starting);
      // In the middle of its work as well: that ends first, and its connection is closed with the thread.
      await worker?.terminate();
    },
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
