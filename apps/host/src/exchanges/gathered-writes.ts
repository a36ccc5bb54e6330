import type { ExchangeTable } from '../store/schema.ts';
import type { WriteExchanges } from './exchange-writes.ts';

/** How long rows are gathered; nobody waits for them. Each row is written in six places (table and indexes), most of which are close together in a batch. */
const gatherMs = 50;
const mostAtOnce = 200;

export interface GatheredWrites {
  readonly add: (row: ExchangeTable) => void;
  /** Resolves once everything that was added is written, or lost. */
  readonly flush: () => Promise<void>;
}

/** Writes rows in the background, in order. @param onLost called with rows that could not be written */
export function createGatheredWrites(
  write: WriteExchanges,
  onLost: (rows: readonly ExchangeTable[], error: unknown) => void,
): GatheredWrites {
  let gathered: ExchangeTable[] = [];
  let timer: NodeJS.Timeout | undefined;
  let writing = Promise.resolve();

  async function writeAfter(earlier: Promise<void>, rows: readonly ExchangeTable[]) {
    await earlier;
    try {
      await write(rows);
    } catch (error) {
      onLost(rows, error);
    }
  }

  function flush(): Promise<void> {
    clearTimeout(timer);
    timer = undefined;
    if (gathered.length > 0) writing = writeAfter(writing, gathered);
    gathered = [];
    return writing;
  }

  return {
    flush,
    add(row) {
      gathered.push(row);
      if (gathered.length >= mostAtOnce) void flush();
      else timer ??= setTimeout(flush, gatherMs);
    },
  };
}
