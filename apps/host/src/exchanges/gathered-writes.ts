import type { ExchangeTable } from '../store/schema.ts';
import type { WriteExchanges } from './exchange-writes.ts';

/** How long rows are gathered. Each goes into six places of the database; of many rows at once, most of these lie side by side. Nobody waits for them. */
const gatherMs = 50;
const mostAtOnce = 200;

export interface GatheredWrites {
  readonly add: (row: ExchangeTable) => void;
  /** Resolves once everything that was added is written, or lost. */
  readonly flush: () => Promise<void>;
}

/** Writes rows after the work that they record, in order. @param onLost called for those that could not be written */
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
