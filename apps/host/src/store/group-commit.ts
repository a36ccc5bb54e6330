import type { Database } from 'better-sqlite3';

type Work<Result> = (database: Database) => Result;

/** Work that waits for the next commit. */
interface Waiting {
  /** Runs inside the transaction; its result is delivered once that is committed, or on disk. */
  readonly run: () => void;
  readonly committed: () => void;
  readonly durable: () => void;
  readonly fail: (error: unknown) => void;
}

export interface GroupCommitOptions {
  readonly database: Database;
  /** Runs a function while nobody else has the connection. */
  readonly exclusively: (run: () => void) => Promise<void>;
  /** Resolves once all that was committed is on the disk. */
  readonly sync: () => Promise<void>;
}

export interface GroupCommit {
  readonly transaction: <Result>(work: Work<Result>) => Promise<Result>;
  readonly note: <Result>(work: Work<Result>) => Promise<Result>;
}

/**
 * Commits work of any kind together, on SQLite, where each commit waits for the disk: whatever arrives while one commit is being synced goes into
 * the next one, including batches of calls, events and the log. Each piece of work succeeds or fails by itself.
 */
export function createGroupCommit({
  database,
  exclusively,
  sync,
}: GroupCommitOptions): GroupCommit {
  let waiting: Waiting[] = [];
  let isRunning = false;
  const together = database.transaction((group: readonly Waiting[]) => {
    for (const work of group) work.run();
  });

  async function commitWaiting(): Promise<void> {
    // Anything else that arrives in this turn of the event loop goes into the same commit.
    await new Promise<void>((resolve) => setImmediate(resolve));
    while (waiting.length > 0) {
      let group: Waiting[] = [];
      try {
        await exclusively(() => {
          group = waiting;
          waiting = [];
          // A writer from the start: after an initial read, a write by another process would make every write of this group fail.
          together.immediate(group);
        });
        for (const work of group) work.committed();
        await sync();
        for (const work of group) work.durable();
      } catch (error) {
        // If no connection is available, for instance because the store is closed, the waiting work has failed: otherwise it would be retried for ever.
        if (group.length === 0) {
          group = waiting;
          waiting = [];
        }
        for (const work of group) work.fail(error);
      }
    }
    isRunning = false;
  }

  // Inside the transaction of the group this is a savepoint.
  const alone = database.transaction((work: () => void) => work());

  function add<Result>(work: Work<Result>, settleAt: 'committed' | 'durable'): Promise<Result> {
    return new Promise<Result>((resolve, reject) => {
      let settle: () => void = () => undefined;
      waiting.push({
        run() {
          try {
            alone(() => {
              const result = work(database);
              settle = () => resolve(result);
            });
          } catch (error) {
            // A full disk ends the whole transaction, which the commit will report.
            settle = () => reject(error);
          }
        },
        committed() {
          if (settleAt === 'committed') settle();
        },
        durable: () => settle(),
        fail: reject,
      });
      if (!isRunning) {
        isRunning = true;
        void commitWaiting();
      }
    });
  }

  return {
    transaction: (work) => add(work, 'durable'),
    note: (work) => add(work, 'committed'),
  };
}
